#include "agent/cli/self_signed.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"

#include <arpa/inet.h>
#include <array>
#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace cli {
namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Handle<X509, X509_free>;
using Bio = Handle<BIO, BIO_free_all>;

void demand(bool done) {
    if (!done) throw Error(Fault::internal, "OpenSSL makes no certificate");
}

bool is_address(const std::string& name) {
    std::array<unsigned char, sizeof(in6_addr)> ignored{};
    return ::inet_pton(AF_INET, name.c_str(), ignored.data()) == 1 ||
           ::inet_pton(AF_INET6, name.c_str(), ignored.data()) == 1;
}

void add_extension(X509* certificate, int what, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
    demand(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

std::string names_text(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
    return text;
}

void number(X509* certificate) {
    std::array<unsigned char, 16> bytes{};
    demand(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
    bytes[0] = (bytes[0] & 0x7fU) | 0x40U; // positive, and of full length (RFC 5280, 4.1.2.2)
    const Handle<BIGNUM, BN_free> big(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    demand(big && BN_to_ASN1_INTEGER(big.get(), X509_get_serialNumber(certificate)));
}

template <class Write> std::string written(Write write) {
    const Bio bio(BIO_new(BIO_s_mem()));
    demand(bio && write(bio.get()) == 1);
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

Certificate first_in(std::string_view pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Certificate certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!certificate) throw Error(Fault::invalid, "there is no certificate in PEM form");
    return certificate;
}

} // namespace

SelfSigned make_self_signed(const std::vector<std::string>& names, unsigned days) {
    constexpr long seconds_of_day = 86400;
    constexpr std::size_t longest_common_name = 64; // RFC 5280, A.1
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    demand(key && certificate && !names.empty() && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
    number(certificate.get());
    demand(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -seconds_of_day) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(days) * seconds_of_day));
    auto* subject = X509_get_subject_name(certificate.get());
    const auto common = names.front().substr(0, longest_common_name);
    demand(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(certificate.get(), subject) == 1 &&
           X509_set_pubkey(certificate.get(), key.get()) == 1);
    // An authority only of itself: so it can stand in --cacert, and sign nothing else.
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature,keyCertSign");
    add_extension(certificate.get(), NID_ext_key_usage, "serverAuth");
    add_extension(certificate.get(), NID_subject_key_identifier, "hash");
    add_extension(certificate.get(), NID_subject_alt_name, names_text(names));
    demand(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
    auto pem = written([&](BIO* bio) {
        return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    SelfSigned made{Secret(pem),
                    written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); })};
    wipe(pem);
    return made;
}

std::string fingerprint_of(std::string_view pem) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    demand(X509_digest(first_in(pem).get(), EVP_sha256(), bytes.data(), &size) == 1);
    std::string text;
    for (unsigned index = 0; index < size; ++index)
        text += fmt::format("{}{:02X}", index ? ":" : "", bytes[index]);
    return text;
}

std::string pinned_key_of(std::string_view pem) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    const auto certificate = first_in(pem);
    unsigned char* written_key = nullptr;
    const int length = i2d_PUBKEY(X509_get0_pubkey(certificate.get()), &written_key);
    demand(length > 0);
    const Defer release([&] { OPENSSL_free(written_key); });
    demand(EVP_Digest(written_key, static_cast<std::size_t>(length), bytes.data(), &size, EVP_sha256(),
                      nullptr) == 1);
    std::array<unsigned char, EVP_MAX_MD_SIZE * 2> encoded{};
    const int count = EVP_EncodeBlock(encoded.data(), bytes.data(), static_cast<int>(size));
    return "sha256//" +
           std::string(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(count));
}

} // namespace cli
