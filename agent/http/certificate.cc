#include "agent/http/certificate.hh"

#include "agent/base/digest.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"

#include <openssl/pem.h>
#include <openssl/x509.h>

namespace http {
namespace {

template <class Print> std::string printed(Print print) {
    const Handle<BIO, BIO_free_all> bio(BIO_new(BIO_s_mem()));
    if (!bio || print(bio.get()) < 0) throw Error(Fault::unavailable, "OpenSSL cannot show a certificate");
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

} // namespace

std::string subject_of(const X509& certificate) {
    // Letters above ASCII stay as they are.
    constexpr auto form = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
    return printed(
        [&](BIO* bio) { return X509_NAME_print_ex(bio, X509_get_subject_name(&certificate), 0, form); });
}

Certificate read_certificate(const X509& certificate) {
    return {subject_of(certificate),
            sha256(printed([&](BIO* bio) { return i2d_X509_bio(bio, &certificate); })),
            printed([&](BIO* bio) { return PEM_write_bio_X509(bio, &certificate); })};
}

} // namespace http
