#include "agent/http/certificate.hh"

#include "agent/base/digest.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <ctime>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string_view>
#include <utility>

namespace http {
namespace {

template <class Print> std::string printed(Print print) {
    const Handle<BIO, BIO_free_all> bio(BIO_new(BIO_s_mem()));
    if (!bio || print(bio.get()) < 0) throw Error(Fault::unavailable, "OpenSSL cannot show a certificate");
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

using Names = Handle<GENERAL_NAMES, GENERAL_NAMES_free>;
Names alternative_names(const X509& certificate) {
    return Names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
}

std::string_view bytes_of(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

// Not one with a zero byte or the like in it, which two programs could read in two ways.
bool is_visible(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f'; });
}

struct Kind {
    int type;
    std::string_view prefix;
};
constexpr std::array kinds{Kind{GEN_DNS, "DNS:"}, Kind{GEN_EMAIL, "email:"}, Kind{GEN_URI, "URI:"}};

std::vector<std::string> names_of(const X509& certificate) {
    std::vector<std::string> texts;
    const auto names = alternative_names(certificate);
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names.get(), i);
        const auto kind = std::ranges::find(kinds, name->type, &Kind::type);
        if (kind == kinds.end()) continue;
        const auto text = bytes_of(name->d.ia5);
        if (is_visible(text)) texts.push_back(std::string(kind->prefix) + std::string(text));
    }
    return texts;
}

std::string text_of_address(std::string_view bytes) {
    char text[INET6_ADDRSTRLEN] = "";
    const auto family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
    const bool is_address = bytes.size() == sizeof(in_addr) || bytes.size() == sizeof(in6_addr);
    return is_address && ::inet_ntop(family, bytes.data(), text, sizeof text) ? text : "";
}

std::chrono::system_clock::time_point end_of(const X509& certificate) {
    std::tm end{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &end) != 1) return {};
    return std::chrono::system_clock::from_time_t(::timegm(&end));
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
            printed([&](BIO* bio) { return PEM_write_bio_X509(bio, &certificate); }), names_of(certificate),
            end_of(certificate)};
}

std::vector<std::string> names_of_server(const X509& certificate) {
    std::vector<std::string> texts;
    const auto names = alternative_names(certificate);
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names.get(), i);
        std::string text;
        if (name->type == GEN_DNS && is_visible(bytes_of(name->d.ia5)))
            text = text::lower(bytes_of(name->d.ia5));
        if (name->type == GEN_IPADD) text = text_of_address(bytes_of(name->d.ip));
        if (!text.empty()) texts.push_back(std::move(text));
    }
    return texts;
}

} // namespace http
