// The ways to prove who one is, each by itself: passwords, tokens, certificates, unix sockets.
#define BOOST_TEST_DYN_LINK
#include "agent/auth/certificates.hh"
#include "agent/auth/password_hash.hh"
#include "agent/auth/passwords.hh"
#include "agent/auth/sockets.hh"
#include "agent/auth/tokens.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "tests/support/basic.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <crypt.h>
#include <fstream>
#include <future>
#include <ostream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace data = boost::unit_test::data;
using namespace auth;

namespace {

// Now or later.
Verdict judge(Way& way, const Shown& shown) {
    std::promise<Verdict> later;
    if (auto now = way.judge(shown, [&](Verdict verdict) { later.set_value(std::move(verdict)); }))
        return *now;
    return later.get_future().get();
}

struct Fixture {
    support::TempFolder folder;
    std::filesystem::path file = folder.path() / "file";

    void write(const std::string& text) const {
        std::ofstream(file) << text;
        ::chmod(file.c_str(), 0600);
    }
};

Verdict with_basic(Way& way, const std::string& user, const std::string& password) {
    const auto header = support::basic(user, password);
    Shown shown;
    shown.authorization = header;
    shown.source = "test";
    return judge(way, shown);
}

Verdict with_bearer(Way& way, const std::string& token) {
    const auto header = "Bearer " + token;
    Shown shown;
    shown.authorization = header;
    return judge(way, shown);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(auth_ways, Fixture)

BOOST_AUTO_TEST_CASE(a_password_proves_who_has_it) {
    write("alice:" + hash_for("wonder:land", false) + ":role=operator,group=lab\n");
    Passwords way(file);
    const auto good = with_basic(way, "alice", "wonder:land");
    BOOST_TEST_REQUIRE(good.who.has_value());
    BOOST_TEST(good.who->name == "alice");
    BOOST_TEST(good.who->group == "lab");
    BOOST_TEST((good.who->role == Role::operator_of_group));
    BOOST_TEST((good.who->proof == Proof::password));
    for (const auto* wrong : {"", "wonder", "wonder:land ", "Wonder:land"})
        BOOST_TEST(!with_basic(way, "alice", wrong).who.has_value());
    const auto unknown = with_basic(way, "bob", "wonder:land");
    BOOST_TEST(!unknown.who.has_value());
    BOOST_TEST(unknown.why == "the password of \"bob\" is wrong, or nobody is called so");
    BOOST_TEST(!with_basic(way, "", "").who.has_value());
}

BOOST_AUTO_TEST_CASE(the_sha1_of_a_password_proves_it_only_where_the_account_takes_that) {
    write("old:" + hash_for("secret", true) + ":sha1\nnew:" + hash_for("secret", false) + "\n");
    Passwords way(file);
    const auto sha1 = sha1_of("secret");
    BOOST_TEST(sha1 == "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4");
    BOOST_TEST(with_basic(way, "old", "secret").who.has_value());
    BOOST_TEST(with_basic(way, "old", sha1).who.has_value());
    BOOST_TEST(with_basic(way, "old", "E5E9FA1BA31ECD1AE84F75CAAA474F3A663F05F4").who.has_value());
    BOOST_TEST(!with_basic(way, "old", sha1_of("other")).who.has_value());
    BOOST_TEST(with_basic(way, "new", "secret").who.has_value());
    BOOST_TEST(!with_basic(way, "new", sha1).who.has_value());
}

BOOST_DATA_TEST_CASE(credentials_that_are_none_are_refused_at_once,
                     data::make({"Basic ", "Basic  ", "Basic !!!!",
                                 "Basic YWxpY2U=", "Basic YWxpY2U6c2VjcmV0 x", "Basic YWxpY2U6c2VjcmV"}),
                     header) {
    write("alice:" + hash_for("secret", false) + "\n");
    Passwords way(file);
    Shown shown;
    const std::string sent = header;
    shown.authorization = sent;
    const auto verdict = way.judge(shown, [](const Verdict&) { BOOST_ERROR("it was looked at"); });
    BOOST_TEST_REQUIRE(verdict.has_value());
    BOOST_TEST(!verdict->who.has_value());
}

BOOST_AUTO_TEST_CASE(a_hash_of_each_kind_is_taken) {
    const auto sha = [](const char* salt) { return std::string(::crypt("secret", salt)); };
    write("five:" + sha("$5$saltsalt$") + "\nsix:" + sha("$6$saltsalt$") +
          "\nblow:" + sha("$2b$05$CCCCCCCCCCCCCCCCCCCCC.") + "\nyes:" + hash_for("secret", false) + "\n");
    Passwords way(file);
    for (const auto* name : {"five", "six", "blow", "yes"})
        BOOST_TEST(with_basic(way, name, "secret").who.has_value());
}

BOOST_AUTO_TEST_CASE(a_token_proves_who_has_it_until_its_last_day_is_over) {
    const auto token = make_token(), old = make_token(), other = make_token();
    BOOST_TEST(token.reveal().size() == 48U);
    write("bot:" + hash_of_token(token.reveal()) +
          ":role=orchestrator,until=2199-12-31\nold:" + hash_of_token(old.reveal()) + ":until=2020-01-01\n");
    Tokens way(file);
    const auto good = with_bearer(way, token.reveal());
    BOOST_TEST_REQUIRE(good.who.has_value());
    BOOST_TEST(good.who->name == "bot");
    BOOST_TEST((good.who->role == Role::orchestrator));
    BOOST_TEST(with_bearer(way, old.reveal()).why == "the token \"old\" has expired");
    BOOST_TEST(with_bearer(way, other.reveal()).why == "its token is none that is known");
    Shown shown;
    shown.token = token.reveal();
    BOOST_TEST(judge(way, shown).who.has_value());
    BOOST_TEST(way.is_tried(shown));
    shown.token = "eyJhbGciOiJSUzI1NiJ9.e30.x"; // for another way
    BOOST_TEST(!way.is_tried(shown));
}

BOOST_AUTO_TEST_CASE(a_certificate_is_whose_the_first_line_that_fits_says) {
    const std::string fingerprint(64, 'a');
    const std::vector<std::string> names{"URI:urn:x", "DNS:front.example"};
    write(
        "# whose is which\nalice role=user,group=lab subject CN=alice,O=my lab\nfront role=orchestrator name "
        "DNS:front.example\npinned role=viewer fingerprint " +
        text::upper(fingerprint) + "\n*  role=viewer  any\n");
    Certificates way(file);
    const auto whose = [&](const ShownCertificate& certificate) {
        auto valid = certificate;
        if (valid.until == std::chrono::system_clock::time_point())
            valid.until = std::chrono::system_clock::now() + std::chrono::hours(1);
        Shown shown;
        shown.certificate = &valid;
        const auto verdict = judge(way, shown);
        return verdict.who ? verdict.who->name + " " + std::string(to_text(verdict.who->role)) : verdict.why;
    };
    BOOST_TEST(whose({"CN=alice,O=my lab", "b"}) == "alice user");
    BOOST_TEST(whose({"CN=x", "b", {}, names}) == "front orchestrator");
    BOOST_TEST(whose({"CN=DNS:front.example", fingerprint}) == "pinned viewer");
    BOOST_TEST(whose({"O=lab,CN=carol", "b"}) == "carol viewer");
    BOOST_TEST(whose({"CN=carol", "b", std::chrono::system_clock::now() - std::chrono::seconds(1)}) ==
               "the certificate of CN=carol has expired");
    for (const auto* nobody : {"CN=a+CN=b", "O=lab", "CN=a\\,CN=b", "CN=", ""})
        BOOST_TEST(whose({nobody, "b"}).find("names nobody") != std::string::npos);
}

struct WrongLine {
    std::string line, said;
};
std::ostream& operator<<(std::ostream& out, const WrongLine& wrong) { return out << wrong.line; }

BOOST_DATA_TEST_CASE(a_wrong_line_about_certificates_is_named,
                     data::make(std::vector<WrongLine>{
                         {"alice", "\"\" is nothing that an account has"},
                         {"alice role=user", "and then subject, name, fingerprint or any"},
                         {"alice role=user subject", "what the subject must be is missing"},
                         {"alice role=user any thing", "nothing may stand behind any"},
                         {"alice role=root any", "there is no role \"root\""},
                         {"al/ice role=user any", "is not a good name"},
                         {"alice role=user fingerprint aa:bb", "64 digits without colons"}}),
                     wrong) {
    BOOST_CHECK_EXCEPTION(read_owners_of_certificates("\n" + wrong.line, "F"), Error,
                          [&](const Error& failure) {
                              const std::string said = failure.what();
                              BOOST_TEST_MESSAGE(said);
                              return said.starts_with("F:2: ") && said.find(wrong.said) != said.npos;
                          });
}

BOOST_AUTO_TEST_CASE(who_opens_the_socket_is_the_administrator_where_nothing_else_is_said) {
    Sockets way({});
    const ShownProcess process{12345, 12345};
    Shown shown;
    shown.process = &process;
    BOOST_TEST((judge(way, shown).who->role == auth::Role::administrator));
}

BOOST_AUTO_TEST_CASE(who_opens_the_socket_is_known_by_user_or_by_any_group) {
    Sockets way({"user:root administrator", "group:60123 operator lab"});
    const auto whose = [&](const ShownProcess& process) {
        Shown shown;
        shown.process = &process;
        const auto verdict = judge(way, shown);
        return verdict.who ? verdict.who->name + " " + std::string(to_text(verdict.who->role)) + " " +
                                 verdict.who->group
                           : verdict.why;
    };
    const std::vector<unsigned> both{4, 60123}, one{4};
    BOOST_TEST(whose({0, 0}) == "root administrator ");
    BOOST_TEST(whose({60001, 60001, both}) == "uid-60001 operator lab");
    BOOST_TEST(whose({60001, 60123}) == "uid-60001 operator lab");
    BOOST_TEST(whose({60001, 60001, one}) == "nothing in socket_map is about user 60001");
}

BOOST_DATA_TEST_CASE(a_wrong_rule_of_the_socket_is_named,
                     data::make(std::vector<WrongLine>{
                         {"", "it is user:NAME or group:NAME, a role"},
                         {"root administrator", "it begins with user:NAME"},
                         {"user: viewer", "it begins with user:NAME"},
                         {"user:no-such-user viewer", "this host has no user no-such-user"},
                         {"group:no-such-group viewer", "this host has no group"},
                         {"user:root king", "there is no role \"king\""},
                         {"user:root viewer a/b", "is not a good name"}}),
                     wrong) {
    BOOST_CHECK_EXCEPTION(read_socket_rule(wrong.line), Error, [&](const Error& failure) {
        return std::string(failure.what()).find(wrong.said) != std::string::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()
