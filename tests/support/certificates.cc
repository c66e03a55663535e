#include "tests/support/certificates.hh"

#include <cstdio>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace support {
namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Handle<X509, X509_free>;
using Extensions = std::vector<std::pair<int, const char*>>;

void demand(bool done) {
    if (!done) throw std::runtime_error("OpenSSL makes no certificate");
}

Key new_key() {
    Key key(EVP_EC_gen("P-256"));
    demand(key != nullptr);
    return key;
}

// By `issuer`, or by itself.
Certificate make(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, long seconds,
                 const Extensions& extensions) {
    constexpr long day = 86'400;
    Certificate made(X509_new());
    demand(made != nullptr);
    X509_set_version(made.get(), 2);
    long serial = 0;
    demand(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), 4) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial + 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -day);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), seconds);
    auto* subject = X509_get_subject_name(made.get());
    demand(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0) == 1);
    X509_set_issuer_name(made.get(), issuer ? X509_get_subject_name(issuer) : subject);
    X509_set_pubkey(made.get(), key);
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer ? issuer : made.get(), made.get(), nullptr, nullptr, 0);
    for (const auto& [what, value] : extensions) {
        const Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
            X509V3_EXT_conf_nid(nullptr, &context, what, value));
        demand(extension && X509_add_ext(made.get(), extension.get(), -1) == 1);
    }
    demand(X509_sign(made.get(), issuer_key, EVP_sha256()) > 0);
    return made;
}

template <class Write> void write_file(const std::filesystem::path& path, Write write) {
    const Handle<FILE, std::fclose> file(std::fopen(path.c_str(), "we"));
    demand(file && ::fchmod(::fileno(file.get()), 0600) == 0 && write(file.get()) == 1);
}

} // namespace

Authority::Authority(std::filesystem::path folder, const std::string& name)
    : folder_(std::move(folder)), file_(folder_ / (name + ".pem")), key_(new_key()),
      self_(make(name, key_.get(), nullptr, key_.get(), 86'400,
                 {{NID_basic_constraints, "critical,CA:TRUE"}, {NID_key_usage, "critical,keyCertSign"}})) {
    write_file(file_, [&](FILE* file) { return PEM_write_X509(file, self_.get()); });
}

Authority::Issued Authority::issue(const std::string& name, long seconds) const {
    const Issued issued{folder_ / (name + ".pem"), folder_ / (name + ".key")};
    const auto key = new_key();
    const auto certificate = make(
        name, key.get(), self_.get(), key_.get(), seconds,
        {{NID_basic_constraints, "CA:FALSE"}, {NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1"}});
    write_file(issued.certificate, [&](FILE* file) { return PEM_write_X509(file, certificate.get()); });
    write_file(issued.key, [&](FILE* file) {
        return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    return issued;
}

} // namespace support
