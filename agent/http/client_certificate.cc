#include "agent/http/client_certificate.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/http/certificate.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string_view>

namespace http {
namespace {

constexpr int most_intermediates = 4;
constexpr std::size_t longest_subject = 200;

struct Reason {
    int code;
    std::string_view sentence;
};
constexpr std::string_view unknown = "is signed by no authority of client_ca";
constexpr std::array reasons{
    Reason{X509_V_ERR_CERT_HAS_EXPIRED, "has expired"},
    Reason{X509_V_ERR_CERT_NOT_YET_VALID, "is not valid yet"},
    Reason{X509_V_ERR_CERT_REVOKED, "is revoked"},
    Reason{X509_V_ERR_INVALID_PURPOSE, "is not for clients (its purpose)"},
    Reason{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, unknown},
    Reason{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, unknown},
    Reason{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, unknown},
    Reason{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, unknown},
    Reason{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, unknown},
    Reason{X509_V_ERR_CERT_CHAIN_TOO_LONG, "has too many authorities over it"},
    Reason{X509_V_ERR_UNABLE_TO_GET_CRL, "is of an authority that has no list in crl"},
    Reason{X509_V_ERR_CRL_HAS_EXPIRED, "is of an authority whose list in crl has expired"},
    Reason{X509_V_ERR_CRL_NOT_YET_VALID, "is of an authority whose list in crl is not valid yet"},
};

void free_refused(void*, void* certificate, CRYPTO_EX_DATA*, int, long, void*) {
    X509_free(static_cast<X509*>(certificate));
}

// Where a session keeps the certificate that was refused; nothing is kept of others.
int place_of_refused() {
    static const int place = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_refused);
    return place;
}

int judge(int is_good, X509_STORE_CTX* context) {
    if (is_good == 1) return 1;
    if (X509_STORE_CTX_get_error(context) == X509_V_ERR_UNABLE_TO_GET_CRL &&
        X509_STORE_CTX_get_error_depth(context) > 0) {
        X509_STORE_CTX_set_error(context, X509_V_OK);
        return 1;
    }
    auto* session =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* shown = X509_STORE_CTX_get0_cert(context);
    if (session && shown && !SSL_get_ex_data(session, place_of_refused()) && X509_up_ref(shown) == 1 &&
        SSL_set_ex_data(session, place_of_refused(), shown) != 1)
        X509_free(shown);
    return 0;
}

} // namespace

void judge_clients(SSL_CTX* context, bool with_revocations) {
    // Without FAIL_IF_NO_PEER_CERT: a peer that shows no certificate is welcome, one that shows a bad one is not.
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, judge);
    SSL_CTX_set_verify_depth(context, most_intermediates);
    const bool done = SSL_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) == 1 &&
                      (!with_revocations ||
                       X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context),
                                                   X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1);
    if (!done || place_of_refused() < 0) throw Error(Fault::unavailable, "OpenSSL cannot set up TLS");
}

std::string why_refused(const SSL* session) {
    const auto* refused = static_cast<const X509*>(SSL_get_ex_data(session, place_of_refused()));
    if (!refused) return "";
    const auto code = SSL_get_verify_result(session);
    const auto known =
        std::ranges::find_if(reasons, [&](const Reason& reason) { return reason.code == code; });
    return fmt::format(
        "the certificate \"{}\" of the client {}", text::printable(subject_of(*refused), longest_subject),
        known != reasons.end() ? std::string(known->sentence)
                               : fmt::format("is not good: {}", X509_verify_cert_error_string(code)));
}

} // namespace http
