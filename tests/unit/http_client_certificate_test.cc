// Which certificates of clients are good, and what is said of the others.
#define BOOST_TEST_DYN_LINK
#include "tests/support/captured_stderr.hh"
#include "tests/support/certificates.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_tls_peer.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace wire;
namespace fs = std::filesystem;
using Issued = support::Authority::Issued;
using Paths = std::vector<fs::path>;

namespace {

struct Fixture {
    support::TempFolder folder;
    support::Authority authority{folder.path(), "authority"}, people{folder.path(), "people"};
    Issued node = authority.issue("node");
    TlsClient client{authority.certificate()};
    support::CapturedStderr log;

    std::shared_ptr<const http::Tls> tls(const Paths& crl = {}, const http::Tls* before = nullptr) const {
        return std::make_shared<http::Tls>(
            http::TlsFiles{node.certificate, node.key, people.certificate(), crl}, before);
    }
    Office office(const Paths& crl = {}) const { return Office({{}, tls(crl)}, "https://127.0.0.1:0"); }

    // The certificate with those that lead from it to the authority that counts.
    fs::path chain(const Issued& first, const std::vector<const support::Authority*>& others) const {
        auto path = first.certificate;
        std::ofstream all(path.replace_extension(".chain"));
        all << std::ifstream(first.certificate).rdbuf();
        for (const auto* other : others) all << std::ifstream(other->certificate()).rdbuf();
        return path;
    }

    // Who the application takes for the owner of this certificate; empty: there is no connection.
    std::string who(const Office& at, const fs::path& certificate, const fs::path& key) {
        client.session.reset();
        client.shows(certificate, key);
        return TlsPeer(at.endpoint, client).ask(get("/who")).body;
    }
    std::string who(const Office& at, const Issued& issued) {
        return who(at, issued.certificate, issued.key);
    }

    // Whether it is refused, and the log says that of it.
    bool is_refused(const Office& at, const fs::path& certificate, const fs::path& key,
                    const std::string& sentence) {
        if (!who(at, certificate, key).empty()) return false;
        return support::eventually(
            [&] { return log.count(" gets no TLS: the certificate " + sentence) == 1; });
    }
    bool is_refused(const Office& at, const Issued& issued, const std::string& sentence) {
        return is_refused(at, issued.certificate, issued.key, sentence);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_client_certificate, Fixture)

BOOST_AUTO_TEST_CASE(may_be_for_clients_or_for_whatever) {
    auto at = office({people.revoke({})});
    BOOST_TEST(who(at, people.issue("alice")) == "CN=alice");
    BOOST_TEST(who(at, people.issue("bob", 60, "clientAuth")) == "CN=bob");
    BOOST_TEST(who(at, people.issue("both", 60, "serverAuth,clientAuth")) == "CN=both");
}

BOOST_AUTO_TEST_CASE(has_other_names_which_the_application_gets) {
    auto at = office();
    const auto alice = people.issue(
        "alice", 60, "", "DNS:alice.example,IP:192.0.2.1,email:alice@example,URI:spiffe://example/a");
    client.shows(alice.certificate, alice.key);
    BOOST_TEST(TlsPeer(at.endpoint, client).ask(get("/names")).body ==
               "DNS:alice.example email:alice@example URI:spiffe://example/a ");
    client.session.reset();
    const auto bob = people.issue("bob", 60, "", "");
    client.shows(bob.certificate, bob.key);
    BOOST_TEST(TlsPeer(at.endpoint, client).ask(get("/names")).body == "");
}

BOOST_AUTO_TEST_CASE(is_refused_when_it_is_revoked) {
    const auto mallory = people.issue("mallory"), alice = people.issue("alice");
    auto at = office({people.revoke({mallory.certificate})});
    BOOST_TEST(is_refused(at, mallory, "\"CN=mallory\" of the client is revoked"));
    BOOST_TEST(who(at, alice) == "CN=alice");
}

BOOST_AUTO_TEST_CASE(is_refused_when_it_has_expired) {
    auto at = office();
    BOOST_TEST(is_refused(at, people.issue("old", -60), "\"CN=old\" of the client has expired"));
}

BOOST_AUTO_TEST_CASE(is_refused_when_it_is_not_for_clients) {
    auto at = office();
    BOOST_TEST(is_refused(at, people.issue("site", 60, "serverAuth"),
                          "\"CN=site\" of the client is not for clients (its purpose)"));
}

BOOST_AUTO_TEST_CASE(is_refused_when_its_authority_is_unknown) {
    auto at = office();
    BOOST_TEST(is_refused(at, authority.issue("stranger"),
                          "\"CN=stranger\" of the client is signed by no authority of client_ca"));
}

BOOST_AUTO_TEST_CASE(is_refused_while_the_list_of_its_authority_is_too_old_or_missing) {
    auto late = office({people.revoke({}, -60)});
    BOOST_TEST(is_refused(late, people.issue("alice"),
                          "\"CN=alice\" of the client is of an authority whose list in crl has expired"));
    auto without = office({authority.revoke({})});
    BOOST_TEST(is_refused(without, people.issue("bob"),
                          "\"CN=bob\" of the client is of an authority that has no list in crl"));
}

BOOST_AUTO_TEST_CASE(may_have_another_authority_between_whose_list_counts) {
    const auto lab = people.subordinate("lab");
    const auto alice = lab.issue("alice"), mallory = lab.issue("mallory");
    // That of those above it may be missing.
    auto at = office({lab.revoke({mallory.certificate})});
    BOOST_TEST(who(at, chain(alice, {&lab}), alice.key) == "CN=alice");
    BOOST_TEST(
        is_refused(at, chain(mallory, {&lab}), mallory.key, "\"CN=mallory\" of the client is revoked"));
    // Where it is there, it counts.
    auto all = office({lab.revoke({}), people.revoke({lab.certificate()})});
    BOOST_TEST(is_refused(all, chain(alice, {&lab}), alice.key, "\"CN=alice\" of the client is revoked"));
}

BOOST_AUTO_TEST_CASE(is_refused_when_too_many_authorities_are_over_it) {
    const auto one = people.subordinate("one"), two = one.subordinate("two"),
               three = two.subordinate("three"), four = three.subordinate("four"),
               five = four.subordinate("five");
    const auto near = four.issue("near"), far = five.issue("far");
    auto at = office();
    BOOST_TEST(who(at, chain(near, {&four, &three, &two, &one}), near.key) == "CN=near");
    BOOST_TEST(who(at, chain(far, {&five, &four, &three, &two, &one}), far.key) == "");
    BOOST_TEST(
        support::eventually([&] { return log.count("the certificate \"CN=far\" of the client") == 1; }));
}

BOOST_AUTO_TEST_CASE(is_not_hidden_in_the_log_by_who_speaks_no_tls) {
    auto at = office();
    for (int i = 0; i < 3; ++i) {
        Peer noise(at.endpoint);
        noise.send(std::string(100, '\x80'));
        BOOST_TEST(noise.rest().size() < 100U);
    }
    BOOST_TEST(is_refused(at, people.issue("old", -60), "\"CN=old\" of the client has expired"));
}

BOOST_DATA_TEST_CASE_F(Fixture, resumes_no_session_over_another_list,
                       boost::unit_test::data::make({TLS1_2_VERSION, TLS1_3_VERSION}), version) {
    client.speaks(version);
    const auto alice = people.issue("alice");
    client.shows(alice.certificate, alice.key);
    const auto list = people.revoke({});
    const auto old = tls({list});
    Office at({{}, old}, "https://127.0.0.1:0");
    BOOST_TEST(TlsPeer(at.endpoint, client).ask(get("/who")).body == "CN=alice");
    const auto use = [&] {
        at.server.use({{}, tls({list}, old.get())});
        BOOST_TEST_REQUIRE(at.server.beats(std::chrono::seconds(10)));
    };
    use();
    {
        TlsPeer again(at.endpoint, client);
        BOOST_TEST(again.was_resumed());
        BOOST_TEST(again.ask(get("/who")).body == "CN=alice");
    }
    people.revoke({alice.certificate}); // into the same file
    use();
    TlsPeer revoked(at.endpoint, client);
    BOOST_TEST((!revoked.shaken || !revoked.was_resumed()));
    BOOST_TEST(revoked.ask(get("/who")).body == "");
}

BOOST_AUTO_TEST_CASE(keeps_no_connection_open_when_others_judge_it) {
    const auto alice = people.issue("alice"), bob = people.issue("bob");
    const auto list = people.revoke({});
    const auto old = tls({list});
    Office at({{}, old}, "https://127.0.0.1:0");
    TlsPeer nobody(at.endpoint, client);
    client.shows(alice.certificate, alice.key);
    TlsPeer open(at.endpoint, client);
    const auto use = [&] {
        at.server.use({{}, tls({list}, old.get())});
        BOOST_TEST_REQUIRE(at.server.beats(std::chrono::seconds(10)));
    };
    BOOST_TEST(open.ask(get("/who")).body == "CN=alice");
    BOOST_TEST(nobody.ask(get("/who")).status == 200);
    use(); // the same list
    BOOST_TEST(open.ask(get("/who")).body == "CN=alice");
    people.revoke({bob.certificate});
    use();
    BOOST_TEST(open.is_closed());
    BOOST_TEST(nobody.ask(get("/who")).status == 200);
    BOOST_TEST(who(at, alice) == "CN=alice"); // she is still welcome
}

BOOST_AUTO_TEST_SUITE_END()
