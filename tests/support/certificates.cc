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
using Extensions = std::vector<std::pair<int, std::string>>;
constexpr long day = 86'400; // in seconds

const Extensions of_a_host{{NID_basic_constraints, "CA:FALSE"},
                           {NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1"}};

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
            X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
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
    : Authority(std::move(folder), name, nullptr) {}

Authority::Authority(std::filesystem::path folder, const std::string& name, const Authority* over)
    : folder_(std::move(folder)), file_(folder_ / (name + ".pem")), key_(new_key()),
      self_(make(
          name, key_.get(), over ? over->self_.get() : nullptr, over ? over->key_.get() : key_.get(), day,
          {{NID_basic_constraints, "critical,CA:TRUE"}, {NID_key_usage, "critical,keyCertSign,cRLSign"}})) {
    write_file(file_, [&](FILE* file) { return PEM_write_X509(file, self_.get()); });
}

Authority Authority::subordinate(const std::string& name) const { return {folder_, name, this}; }

Authority::Issued Authority::issue(const std::string& name, long seconds, const std::string& purpose,
                                   const std::string& names) const {
    const auto key = new_key();
    Extensions extensions{{NID_basic_constraints, "CA:FALSE"}};
    if (!purpose.empty()) extensions.emplace_back(NID_ext_key_usage, purpose);
    if (!names.empty()) extensions.emplace_back(NID_subject_alt_name, names);
    return write(name, key.get(), make(name, key.get(), self_.get(), key_.get(), seconds, extensions).get());
}

Authority::Issued Authority::issue_to_itself(const std::string& name) const {
    const auto key = new_key();
    return write(name, key.get(), make(name, key.get(), nullptr, key.get(), day, of_a_host).get());
}

Authority::Issued Authority::write(const std::string& name, EVP_PKEY* key, X509* certificate) const {
    const Issued issued{folder_ / (name + ".pem"), folder_ / (name + ".key")};
    write_file(issued.certificate, [&](FILE* file) { return PEM_write_X509(file, certificate); });
    write_file(issued.key, [&](FILE* file) {
        return PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
    return issued;
}

std::filesystem::path Authority::revoke(const std::vector<std::filesystem::path>& certificates,
                                        long seconds) const {
    const Handle<X509_CRL, X509_CRL_free> list(X509_CRL_new());
    demand(list && X509_CRL_set_version(list.get(), 1) == 1 &&
           X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(self_.get())) == 1);
    const Handle<ASN1_TIME, ASN1_TIME_free> begin(X509_gmtime_adj(nullptr, -day)),
        end(X509_gmtime_adj(nullptr, seconds));
    demand(X509_CRL_set1_lastUpdate(list.get(), begin.get()) == 1 &&
           X509_CRL_set1_nextUpdate(list.get(), end.get()) == 1);
    for (const auto& path : certificates) {
        const Handle<FILE, std::fclose> file(std::fopen(path.c_str(), "re"));
        const Certificate certificate(file ? PEM_read_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
        demand(certificate != nullptr);
        Handle<X509_REVOKED, X509_REVOKED_free> revoked(X509_REVOKED_new());
        demand(X509_REVOKED_set_serialNumber(revoked.get(), X509_get_serialNumber(certificate.get())) == 1 &&
               X509_REVOKED_set_revocationDate(revoked.get(), begin.get()) == 1 &&
               X509_CRL_add0_revoked(list.get(), revoked.get()) == 1);
        revoked.release();
    }
    demand(X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) > 0);
    auto path = file_;
    path.replace_extension(".crl");
    write_file(path, [&](FILE* file) { return PEM_write_X509_CRL(file, list.get()); });
    return path;
}

} // namespace support
