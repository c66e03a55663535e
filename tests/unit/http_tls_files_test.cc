// What is wrong with the files of TLS is said at once, with the name of the file and what to do.
#define BOOST_TEST_DYN_LINK
#include "agent/http/tls.hh"
#include "tests/support/certificates.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <openssl/pem.h>
#include <sys/stat.h>

namespace {

namespace fs = std::filesystem;
using http::Tls;
using http::TlsFiles;

std::string text_of(const fs::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

struct Fixture {
    support::TempFolder folder;
    support::Authority authority{folder.path(), "authority"};
    support::Authority::Issued node = authority.issue("node");
    TlsFiles files{node.certificate, node.key, authority.certificate(), {}};

    fs::path write(const std::string& name, const std::string& content) const {
        const auto path = folder.path() / name;
        std::ofstream(path) << content;
        ::chmod(path.c_str(), 0600);
        return path;
    }

    // "good", or the name of the file's kind, and what is wrong behind the path.
    std::string verdict() const {
        try {
            const Tls tls(files);
            return "good";
        } catch (const http::TlsError& failure) {
            const auto& file = failure.key == "key"           ? files.key
                               : failure.key == "crl"         ? files.crl.front()
                               : failure.key == "certificate" ? files.certificate
                                                              : files.client_ca;
            const auto begin = std::string(failure.key) + " " + file.string() + ": ";
            const std::string sentence = failure.what();
            BOOST_TEST(sentence.starts_with(begin), sentence);
            return std::string(failure.key) + ": " + sentence.substr(begin.size());
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_tls_files, Fixture)

BOOST_AUTO_TEST_CASE(are_good_as_an_authority_makes_them) {
    BOOST_TEST(verdict() == "good");
    BOOST_TEST(Tls(files).summary().starts_with("CN=node, until 2"));
}

BOOST_AUTO_TEST_CASE(may_hold_a_chain) {
    files.certificate = write("chain.pem", text_of(node.certificate) + text_of(authority.certificate()));
    BOOST_TEST(verdict() == "good");
}

BOOST_AUTO_TEST_CASE(must_be_there) {
    files.certificate = folder.path() / "none.pem";
    BOOST_TEST(verdict() == "certificate: cannot be read: No such file or directory");
    files.certificate = node.certificate;
    files.key = folder.path() / "none.key";
    BOOST_TEST(verdict() == "key: cannot be read: No such file or directory");
    files.key = node.key;
    files.client_ca = folder.path();
    BOOST_TEST(verdict() == "client_ca: cannot be read: Is a directory");
}

BOOST_AUTO_TEST_CASE(must_keep_the_key_from_everybody) {
    ::chmod(node.key.c_str(), 0644);
    BOOST_TEST(verdict() ==
               "key: everybody may read or change it (mode 0644): chmod o= " + node.key.string());
    ::chmod(node.key.c_str(), 0640);
    BOOST_TEST(verdict() == "good"); // a group for those who may
}

BOOST_AUTO_TEST_CASE(must_belong_together) {
    files.key = authority.issue("other").key;
    BOOST_TEST(verdict() == "key: does not belong to the certificate " + node.certificate.string());
}

BOOST_AUTO_TEST_CASE(must_hold_what_their_name_says) {
    files.certificate = node.key;
    BOOST_TEST(verdict() == "certificate: has no certificate in PEM form");
    files.certificate = node.certificate;
    files.key = write("empty.key", "");
    BOOST_TEST(verdict() == "key: has no private key in PEM form");
    files.key = node.key;
    files.client_ca = write("empty.pem", "");
    BOOST_TEST(verdict() == "client_ca: has no certificate in PEM form");
    files.client_ca = write("torn.pem", text_of(node.certificate) +
                                            "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n");
    BOOST_TEST(verdict() == "client_ca: its certificate 2 is damaged");
}

BOOST_AUTO_TEST_CASE(may_hold_lists_of_revocations) {
    const auto list = authority.revoke({node.certificate});
    files.crl = {list};
    BOOST_TEST(verdict() == "good");
    files.crl = {write("two.crl", text_of(list) + text_of(authority.revoke({})))};
    BOOST_TEST(verdict() == "good");
    files.crl = {folder.path() / "none.crl"};
    BOOST_TEST(verdict() == "crl: cannot be read: No such file or directory");
    files.crl = {node.certificate};
    BOOST_TEST(verdict() == "crl: has no list of revocations in PEM form");
    files.crl = {write("torn.crl", text_of(list) + "-----BEGIN X509 CRL-----\nxx\n-----END X509 CRL-----\n")};
    BOOST_TEST(verdict() == "crl: its list of revocations 2 is damaged");
}

BOOST_AUTO_TEST_CASE(say_when_a_list_of_revocations_has_run_out) {
    files.crl = {authority.revoke({}, -60)};
    BOOST_TEST(Tls(files).summary().find("; crl " + files.crl.front().string() + " EXPIRED on 2") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(tell_which_names_the_server_answers_to) {
    const auto names = [&](const std::string& alternatives) {
        const auto other = authority.issue("other", 60, "", alternatives);
        return Tls({other.certificate, other.key, "", {}}).names();
    };
    const std::vector<std::string> expected{"cloud.example", "*.example", "192.0.2.1", "2001:db8::1"};
    BOOST_TEST(names("DNS:Cloud.example,DNS:*.example,IP:192.0.2.1,email:a@b,IP:2001:db8::1") == expected,
               boost::test_tools::per_element());
    BOOST_TEST(names("").empty());
}

BOOST_AUTO_TEST_CASE(must_have_a_key_without_a_password) {
    const auto path = write("locked.key", "");
    const Handle<FILE, std::fclose> from(std::fopen(node.key.c_str(), "re")),
        to(std::fopen(path.c_str(), "we"));
    const Handle<EVP_PKEY, EVP_PKEY_free> key(PEM_read_PrivateKey(from.get(), nullptr, nullptr, nullptr));
    char password[] = "secret";
    BOOST_TEST_REQUIRE(PEM_write_PKCS8PrivateKey(to.get(), key.get(), EVP_aes_256_cbc(), password, 6, nullptr,
                                                 nullptr) == 1);
    std::fflush(to.get());
    files.key = path;
    BOOST_TEST(verdict() == "key: is encrypted, and a server has nobody to ask for the password");
}

BOOST_AUTO_TEST_CASE(say_when_the_certificate_has_run_out) {
    const auto old = authority.issue("old", -60);
    BOOST_TEST(Tls({old.certificate, old.key, "", {}}).summary().starts_with("CN=old, EXPIRED on 2"));
}

BOOST_AUTO_TEST_SUITE_END()
