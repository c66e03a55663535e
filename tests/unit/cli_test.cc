// What people tell occi-agent once: the words, and what becomes of the files.
#define BOOST_TEST_DYN_LINK
#include "agent/auth/account_file.hh"
#include "agent/auth/password_hash.hh"
#include "agent/auth/tokens.hh"
#include "agent/base/process.hh"
#include "agent/cli/arguments.hh"
#include "agent/cli/commands.hh"
#include "agent/cli/self_signed.hh"
#include "agent/cli/setup.hh"
#include "agent/config/load.hh"
#include "agent/config/settings.hh"
#include "tests/support/content_of.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Result {
    int code;
    std::string out, error;
};

// One of the standard streams, in a file for as long as this lives.
class Redirected {
public:
    Redirected(int stream, const fs::path& file, int flags) : stream_(stream), before_(::dup(stream)) {
        std::fflush(nullptr);
        const Descriptor opened(::open(file.c_str(), flags | O_CREAT | O_CLOEXEC, 0600));
        ::dup2(opened.get(), stream);
    }
    ~Redirected() {
        std::fflush(nullptr);
        ::dup2(before_.get(), stream_);
    }
    Redirected(const Redirected&) = delete;
    Redirected& operator=(const Redirected&) = delete;

private:
    const int stream_;
    const Descriptor before_;
};

struct Fixture {
    support::TempFolder folder;
    fs::path config = folder.path() / "occi-agent.conf",
             drop_in = folder.path() / "occi-agent.conf.d/50-setup.conf", tokens = folder.path() / "tokens",
             passwords = folder.path() / "passwords";

    Result run(std::vector<std::string> words, const std::string& input = "") const {
        words.insert(words.begin() + 1, "--config=" + config.string());
        if (!fs::exists(config)) std::ofstream(config) << "";
        std::vector<char*> pointers;
        for (auto& word : words) pointers.push_back(word.data());
        const auto in = folder.path() / "in", out = folder.path() / "out", error = folder.path() / "error";
        std::ofstream(in) << input;
        int code = 0;
        {
            const Redirected from(STDIN_FILENO, in, O_RDONLY), to(STDOUT_FILENO, out, O_WRONLY | O_TRUNC),
                wrong(STDERR_FILENO, error, O_WRONLY | O_TRUNC);
            code = cli::run(pointers);
        }
        return {code, support::content_of(out), support::content_of(error)};
    }
    mode_t mode_of(const fs::path& path) const {
        struct stat is {};
        return ::stat(path.c_str(), &is) == 0 ? is.st_mode & 07777U : 0;
    }
    // What the folder has, but for what run() leaves there.
    std::vector<std::string> left() const {
        std::vector<std::string> all;
        for (const auto& each : fs::recursive_directory_iterator(folder.path()))
            if (const auto name = each.path().filename().string();
                name != "in" && name != "out" && name != "error" && name != "occi-agent.conf")
                all.push_back(name);
        std::ranges::sort(all);
        return all;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(command_line, Fixture)

BOOST_AUTO_TEST_CASE(knows_its_verbs) {
    for (const auto* verb : {"setup", "token", "passwd"}) {
        BOOST_TEST(cli::is_verb(verb));
        BOOST_TEST(cli::help().find(std::string("  ") + verb + " ") != std::string::npos);
    }
    BOOST_TEST(!cli::is_verb("--config"));
    BOOST_TEST(!cli::is_verb(""));
}

BOOST_AUTO_TEST_CASE(prints_a_token_once_and_keeps_its_hash) {
    const auto added =
        run({"token", "add", "front", "--role", "orchestrator", "--group=lab", "--days", "30"});
    BOOST_TEST(added.code == 0, added.error);
    const auto secret = added.out.substr(0, added.out.find('\n'));
    BOOST_TEST(secret.starts_with("occi_"));
    BOOST_TEST(added.out == secret + "\n");
    const auth::AccountFile kept(auth::AccountKind::token, auth::read_secret_file(tokens), "F");
    BOOST_TEST_REQUIRE(kept.find("front") != nullptr);
    BOOST_TEST(kept.find("front")->hash == auth::hash_of_token(secret));
    BOOST_TEST((kept.find("front")->role == auth::Role::orchestrator));
    BOOST_TEST(kept.find("front")->until.has_value());
    BOOST_TEST(support::content_of(tokens).find(secret) == std::string::npos);
    BOOST_TEST(mode_of(tokens) == 0600U);
    const auto listed = run({"token", "list"});
    BOOST_TEST(listed.out.find("front") != std::string::npos);
    BOOST_TEST(listed.out.find(kept.find("front")->hash) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(keeps_no_token_whose_secret_nobody_has_got) {
    std::ofstream(config) << "";
    std::vector<std::string> words{"token", "--config=" + config.string(), "add", "lost"};
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    int code = 0;
    {
        const Redirected to(STDOUT_FILENO, "/dev/full", O_WRONLY),
            wrong(STDERR_FILENO, folder.path() / "error", O_WRONLY);
        code = cli::run(pointers);
    }
    BOOST_TEST(code == 69);
    BOOST_TEST(support::content_of(tokens).empty());
}

BOOST_AUTO_TEST_CASE(changes_the_file_that_a_link_leads_to) {
    const auto real = folder.path() / "real";
    fs::create_symlink("real", tokens); // which is not there yet
    BOOST_TEST(run({"token", "add", "front"}).code == 0);
    BOOST_TEST(fs::is_symlink(tokens));
    BOOST_TEST(!support::content_of(real).empty());
}

BOOST_AUTO_TEST_CASE(does_not_take_a_name_for_a_second_token) {
    BOOST_TEST(run({"token", "add", "front"}).code == 0);
    const auto before = support::content_of(tokens);
    const auto again = run({"token", "add", "front"});
    BOOST_TEST(again.code == 69);
    BOOST_TEST(again.out.empty());
    BOOST_TEST(again.error.find("there is a token \"front\" already") != std::string::npos);
    BOOST_TEST(support::content_of(tokens) == before);
    BOOST_TEST(run({"token", "remove", "front"}).code == 0);
    BOOST_TEST(run({"token", "remove", "front"}).code == 69);
    BOOST_TEST(run({"token", "add", "front"}).code == 0);
}

BOOST_AUTO_TEST_CASE(takes_a_password_from_its_standard_input_and_keeps_the_rights_of_who_has_one) {
    BOOST_TEST(run({"passwd", "alice", "--role", "operator", "--group", "lab"}, "wonder land\n").code == 0);
    BOOST_TEST(run({"passwd", "alice"}, "another").code == 0);
    const auth::AccountFile kept(auth::AccountKind::password, auth::read_secret_file(passwords), "F");
    BOOST_TEST(auth::is_password("another", kept.find("alice")->hash));
    BOOST_TEST(kept.find("alice")->group == "lab");
    BOOST_TEST((kept.find("alice")->role == auth::Role::operator_of_group));
    BOOST_TEST(support::content_of(passwords).starts_with("alice:$y$"));
    BOOST_TEST(run({"passwd", "alice", "--remove"}).code == 0);
    BOOST_TEST(run({"passwd", "alice", "--remove"}).code == 69);
}

BOOST_AUTO_TEST_CASE(keeps_the_sha1_of_a_password_hashed_where_that_is_wished) {
    BOOST_TEST(run({"passwd", "old", "--sha1"}, "secret\n").code == 0);
    const auth::AccountFile kept(auth::AccountKind::password, auth::read_secret_file(passwords), "F");
    BOOST_TEST(kept.find("old")->sha1);
    BOOST_TEST(auth::is_password(auth::sha1_of("secret"), kept.find("old")->hash));
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_its_words_and_changes_nothing) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
        {{"token"}, "a word is missing"},
        {{"token", "make", "x"}, "\"make\" is none of add, list, remove"},
        {{"token", "add"}, "the name of the token is missing"},
        {{"token", "add", "a b"}, "\"a b\" is not a good name"},
        {{"token", "add", "x", "--role", "king"}, "there is no role \"king\": viewer, user, operator"},
        {{"token", "add", "x", "--days", "0"}, "it is a number from 1 to"},
        {{"token", "add", "x", "--dayz", "1"}, "there is no option --dayz"},
        {{"token", "add", "x", "y"}, "\"y\" is one word too many"},
        {{"token", "add", "x", "--role"}, "--role needs a value"},
        {{"token", "list", "--role", "user"}, "--role means nothing to token list"},
        {{"token", "remove", "x", "--days", "3"}, "--days means nothing to token remove"},
        {{"passwd", "x", "--remove", "--group", "lab"}, "--group means nothing to --remove"},
        {{"passwd"}, "a word is missing"},
        {{"passwd", "../x"}, "is not a good name"},
        {{"passwd", "x", "--sha1=yes"}, "--sha1 takes no value"},
        {{"setup"}, "where to listen is missing"},
        {{"setup", "--listen", "0.0.0.0:4567"}, "write https:// before the address"},
        {{"setup", "--listen", "http://0.0.0.0:4567"}, "write https:// before the address"},
        {{"setup", "--listen", "https://0.0.0.0:0"}, "other machines need to know the port"},
        {{"setup", "--listen", "https://0.0.0.0:4567", "--name", "a/b"}, "it is a host name or an address"},
    };
    for (const auto& [words, said] : wrong) BOOST_TEST_CONTEXT(words.front() << " " << said) {
            const auto result = run(words, "secret\n");
            BOOST_TEST(result.code == 64);
            BOOST_TEST(result.error.find(said) != std::string::npos, result.error);
            BOOST_TEST(result.error.find("usage: occi-agent " + words.front()) != std::string::npos);
            BOOST_TEST(left().empty());
        }
    BOOST_TEST(run({"passwd", "x"}, "\n").code == 69);
    BOOST_TEST(left().empty());
}

BOOST_AUTO_TEST_CASE(sets_a_node_up_with_a_configuration_that_is_good) {
    const auto done =
        run({"setup", "--listen", "https://127.0.0.1:4567", "--name", "node.example", "--days", "30"});
    BOOST_TEST(done.code == 0, done.error);
    const auto key = folder.path() / "tls/key.pem", certificate = folder.path() / "tls/certificate.pem";
    BOOST_TEST(mode_of(key) == 0600U);
    BOOST_TEST(mode_of(certificate) == 0644U);
    const auto loaded = load_config(config, true, settings::faults); // throws what is wrong with it
    BOOST_TEST(loaded.tls.certificate == certificate);
    BOOST_TEST(loaded.auth.tokens == tokens);
    BOOST_TEST(
        (loaded.listen == std::vector<std::string>{"https://127.0.0.1:4567", "unix:/run/occi-agent/socket"}));
    const auto pem = support::content_of(certificate);
    BOOST_TEST(done.out.find(cli::fingerprint_of(pem)) != std::string::npos);
    BOOST_TEST(done.out.find(cli::pinned_key_of(pem)) != std::string::npos);
    BOOST_TEST(done.out.find("https://node.example:4567/compute") != std::string::npos);
    BOOST_TEST(done.out.find("PRIVATE") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(overwrites_nothing_when_it_sets_a_node_up) {
    fs::create_directories(drop_in.parent_path());
    std::ofstream(drop_in) << "# mine\n";
    const auto refused = run({"setup", "--listen", "https://127.0.0.1:4567"});
    BOOST_TEST(refused.code == 69);
    BOOST_TEST(refused.error.find(drop_in.string() + " is there already") != std::string::npos);
    BOOST_TEST(support::content_of(drop_in) == "# mine\n");
    BOOST_TEST((left() == std::vector<std::string>{"50-setup.conf", "occi-agent.conf.d"}));
}

BOOST_AUTO_TEST_CASE(leaves_nothing_when_a_node_cannot_be_set_up) {
    std::ofstream(folder.path() / "tls") << "no folder";
    const auto refused = run({"setup", "--listen", "https://127.0.0.1:4567"});
    BOOST_TEST(refused.code == 69);
    BOOST_TEST((left() == std::vector<std::string>{"tls"}));
}

BOOST_AUTO_TEST_CASE(makes_a_certificate_that_openssl_believes_for_each_name) {
    const auto pair = cli::make_self_signed({"node.example", "192.0.2.7", "2001:db8::7"}, 30);
    const auto file = folder.path() / "c.pem";
    std::ofstream(file) << pair.certificate;
    for (const auto& [option, value] :
         std::vector<std::pair<std::string, std::string>>{{"-verify_hostname", "node.example"},
                                                          {"-verify_ip", "192.0.2.7"},
                                                          {"-verify_ip", "2001:db8::7"}}) {
        const auto verified = process::run(
            "/usr/bin/openssl",
            {"verify", "-x509_strict", "-purpose", "sslserver", option, value, "-CAfile", file, file},
            std::chrono::seconds(20));
        BOOST_TEST(verified.status == 0, verified.output);
    }
}

BOOST_AUTO_TEST_SUITE_END()
