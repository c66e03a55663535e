#define BOOST_TEST_DYN_LINK
#include "agent/auth/account_file.hh"
#include "agent/base/error.hh"
#include "tests/support/content_of.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace data = boost::unit_test::data;
using namespace auth;

namespace {

const std::string bcrypt = "$2y$10$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY12";
const std::string sha256_of_something(64, 'a');

struct Wrong {
    const char* what;
    AccountKind kind;
    std::string line, said;
};
std::ostream& operator<<(std::ostream& out, const Wrong& wrong) { return out << wrong.what; }

const std::vector<Wrong> wrong{
    {"a line without a colon", AccountKind::password, "alice", "a line is NAME:HASH or NAME:HASH:OPTIONS"},
    {"a line of htpasswd -d", AccountKind::password, "alice:rqXexS6ZhobKA", "the hash is none of yescrypt"},
    {"a line of htpasswd -m", AccountKind::password, "alice:$apr1$abcdefgh$0123456789012345678901",
     "the hash is none"},
    {"a line of htpasswd -s", AccountKind::password,
     "alice:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "the hash is none"},
    {"a password in the clear", AccountKind::password, "alice:secret", "the hash is none of yescrypt"},
    {"no name", AccountKind::password, ":" + bcrypt, "a name is missing"},
    {"a name with a blank", AccountKind::password, "al ice:" + bcrypt, "\"al ice\" is not a good name"},
    {"a name that is too long", AccountKind::password, std::string(65, 'a') + ":" + bcrypt,
     "is longer than 64"},
    {"an unknown role", AccountKind::password, "alice:" + bcrypt + ":role=root",
     "there is no role \"root\": viewer, user, operator, orchestrator, administrator"},
    {"a group that is no name", AccountKind::password, "alice:" + bcrypt + ":group=a/b",
     "\"a/b\" is not a good name"},
    {"an unknown option", AccountKind::password, "alice:" + bcrypt + ":admin=yes",
     "\"admin\" is nothing that an account has"},
    {"an end of a password", AccountKind::password, "alice:" + bcrypt + ":until=2027-01-31",
     "\"until\" is nothing"},
    {"a token that takes SHA-1", AccountKind::token, "bot:" + sha256_of_something + ":sha1",
     "\"sha1\" is nothing"},
    {"a token in the clear", AccountKind::token, "bot:occi_abc", "must be the SHA-256 of a token"},
    {"a day that never is", AccountKind::token, "bot:" + sha256_of_something + ":until=2027-02-30",
     "is no day"},
    {"a name twice", AccountKind::password, "a:" + bcrypt + "\na:" + bcrypt, "F:2: \"a\" has a line already"},
};

struct Fixture {
    support::TempFolder folder;
    std::filesystem::path file = folder.path() / "passwords";

    void write(const std::string& text, mode_t mode = 0600) const {
        std::ofstream(file) << text;
        ::chmod(file.c_str(), mode);
    }
    std::string fault() const {
        try {
            read_secret_file(file);
            return "";
        } catch (const Error& failure) {
            return failure.what();
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(auth_account_file, Fixture)

BOOST_AUTO_TEST_CASE(reads_what_htpasswd_writes) {
    const AccountFile read(AccountKind::password, "alice:" + bcrypt + "\n", "F");
    BOOST_TEST_REQUIRE(read.find("alice") != nullptr);
    BOOST_TEST((read.find("alice")->role == Role::user));
    BOOST_TEST(read.find("alice")->group.empty());
    BOOST_TEST(!read.find("bob"));
    BOOST_TEST(!read.find(""));
}

BOOST_AUTO_TEST_CASE(reads_what_an_account_may_do) {
    const AccountFile read(AccountKind::password, "ops:" + bcrypt + ":role=operator,group=lab,sha1", "F");
    BOOST_TEST((read.find("ops")->role == Role::operator_of_group));
    BOOST_TEST(read.find("ops")->group == "lab");
    BOOST_TEST(read.find("ops")->sha1);
}

BOOST_AUTO_TEST_CASE(reads_the_last_day_of_a_token) {
    using namespace std::chrono;
    const AccountFile read(AccountKind::token, "bot:" + sha256_of_something + ":until=2027-01-31", "F");
    BOOST_TEST((read.find("bot")->until == sys_days(2027y / January / 31)));
}

BOOST_DATA_TEST_CASE(says_what_is_wrong_and_never_the_hash, data::make(wrong), one) {
    BOOST_CHECK_EXCEPTION(AccountFile(one.kind, one.line, "F"), Error, [&](const Error& failure) {
        const std::string said = failure.what();
        BOOST_TEST_MESSAGE(said);
        return failure.fault() == Fault::invalid && said.starts_with("F:") &&
               said.find(one.said) != said.npos && said.find(bcrypt) == said.npos &&
               said.find("secret") == said.npos && said.find("occi_") == said.npos;
    });
}

BOOST_AUTO_TEST_CASE(keeps_comments_and_order_when_an_account_changes) {
    AccountFile read(AccountKind::password, "# people\na:" + bcrypt + "\n\nb:" + bcrypt + ":group=lab\n",
                     "F");
    read.put({"a", bcrypt, Role::viewer});
    read.put({"c", bcrypt});
    BOOST_TEST(read.text() == "# people\na:" + bcrypt + ":role=viewer\n\nb:" + bcrypt +
                                  ":role=user,group=lab\nc:" + bcrypt + ":role=user\n");
    BOOST_TEST(read.remove("b"));
    BOOST_TEST(!read.remove("b"));
    BOOST_TEST(AccountFile(AccountKind::password, read.text(), "F").accounts().size() == 2U);
}

BOOST_AUTO_TEST_CASE(is_read_only_when_nobody_else_can_read_or_change_it) {
    BOOST_TEST(fault() == "");
    write("x");
    BOOST_TEST(fault() == "");
    for (const mode_t mode : {0640, 0604, 0620, 0602}) {
        ::chmod(file.c_str(), mode);
        BOOST_TEST(fault().find("chmod 0600 " + file.string()) != std::string::npos);
    }
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);
    BOOST_TEST(fault().find("is no regular file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_made_for_its_owner_alone) {
    ::umask(0);
    change_account_file(file, AccountKind::password, [](AccountFile& all) { all.put({"a", bcrypt}); });
    ::umask(022);
    struct stat is {};
    BOOST_TEST_REQUIRE(::stat(file.c_str(), &is) == 0);
    BOOST_TEST((is.st_mode & 07777U) == 0600U);
    BOOST_TEST(support::content_of(file) == "a:" + bcrypt + ":role=user\n");
}

BOOST_AUTO_TEST_CASE(is_whole_however_many_change_it_at_once) {
    std::vector<std::jthread> threads;
    for (int each = 0; each < 8; ++each)
        threads.emplace_back([this, each] {
            change_account_file(file, AccountKind::password, [each](AccountFile& all) {
                all.put({"user" + std::to_string(each), bcrypt});
            });
        });
    threads.clear();
    BOOST_TEST(AccountFile(AccountKind::password, read_secret_file(file), "F").accounts().size() == 8U);
    BOOST_TEST(!std::filesystem::exists(file.string() + ".part"));
}

BOOST_AUTO_TEST_CASE(is_left_as_it_was_when_the_change_fails) {
    write("a:" + bcrypt + "\nnonsense\n");
    const auto change = [this] {
        change_account_file(file, AccountKind::password, [](AccountFile& all) { all.remove("a"); });
    };
    BOOST_CHECK_THROW(change(), Error);
    BOOST_TEST(support::content_of(file) == "a:" + bcrypt + "\nnonsense\n");
}

BOOST_AUTO_TEST_SUITE_END()
