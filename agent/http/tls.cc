#include "agent/http/tls.hh"

#include "agent/base/digest.hh"
#include "agent/base/handle.hh"
#include "agent/base/text.hh"
#include "agent/http/certificate.hh"
#include "agent/http/client_certificate.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <vector>

namespace http {
namespace {

using Bio = Handle<BIO, BIO_free_all>;
using X509Handle = Handle<X509, X509_free>;
using CrlHandle = Handle<X509_CRL, X509_CRL_free>;

constexpr std::size_t largest_file = 1 << 20;
constexpr long session_seconds = 3600; // a client certificate is not asked for anew meanwhile

// Forward secrecy and authenticated encryption, nothing else. TLS 1.3 has no other ciphers.
constexpr auto ciphers_of_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::string_view protocol = "http/1.1";

[[noreturn]] void fail(std::string_view which, const std::filesystem::path& file, std::string_view why) {
    throw TlsError(which, fmt::format("{} {}: {}", which, file.string(), why));
}

// What OpenSSL makes without looking at anything of ours.
void demand(bool done) {
    if (!done) throw Error(Fault::unavailable, "OpenSSL cannot set up TLS");
}

std::string content_of(std::string_view which, const std::filesystem::path& file, mode_t forbidden) {
    const auto cannot = [&](int fault) {
        fail(which, file, fmt::format("cannot be read: {}", std::strerror(fault)));
    };
    const Handle<FILE, std::fclose> stream(std::fopen(file.c_str(), "re"));
    if (!stream) cannot(errno);
    struct stat found {};
    if (::fstat(::fileno(stream.get()), &found) != 0) cannot(errno);
    if ((found.st_mode & forbidden) != 0)
        fail(which, file,
             fmt::format("everybody may read or change it (mode {:04o}): chmod o= {}", found.st_mode & 07777U,
                         file.string()));
    std::string content(largest_file + 1, '\0');
    content.resize(std::fread(content.data(), 1, content.size(), stream.get()));
    if (std::ferror(stream.get()) != 0) cannot(errno);
    if (content.size() > largest_file) cannot(EFBIG);
    return content;
}

Bio memory_of(std::string_view content) {
    Bio bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    demand(bio != nullptr);
    return bio;
}

// All of them in their order, at least one. `read`: the next one of a BIO.
template <class Item, class Read>
std::vector<Item> all_in(std::string_view content, std::string_view which, const std::filesystem::path& file,
                         std::string_view noun, Read read) {
    const auto bio = memory_of(content);
    std::vector<Item> all;
    while (Item each{read(bio.get(), nullptr, nullptr, nullptr)}) all.push_back(std::move(each));
    const bool is_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (all.empty()) fail(which, file, fmt::format("has no {} in PEM form", noun));
    if (!is_the_end) fail(which, file, fmt::format("its {} {} is damaged", noun, all.size() + 1));
    return all;
}

std::vector<X509Handle> certificates_in(std::string_view content, std::string_view which,
                                        const std::filesystem::path& file) {
    return all_in<X509Handle>(content, which, file, "certificate", PEM_read_bio_X509);
}

std::vector<CrlHandle> revocations_in(std::string_view content, const std::filesystem::path& file) {
    return all_in<CrlHandle>(content, "crl", file, "list of revocations", PEM_read_bio_X509_CRL);
}

std::string day_of(const ASN1_TIME* time) {
    std::tm day{};
    demand(ASN1_TIME_to_tm(time, &day) == 1);
    return fmt::format("{:04}-{:02}-{:02}", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

std::string summary_of(const X509* certificate) {
    const auto* end = X509_get0_notAfter(certificate);
    return fmt::format("{}, {} {}", text::printable(subject_of(*certificate), 200),
                       X509_cmp_current_time(end) < 0 ? "EXPIRED on" : "until", day_of(end));
}

void take_certificate(SSL_CTX* context, const std::vector<X509Handle>& chain, const TlsFiles& files) {
    if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) {
        const auto* why = ERR_reason_error_string(ERR_peek_last_error());
        ERR_clear_error();
        fail("certificate", files.certificate, fmt::format("cannot be used: {}", why ? why : "unknown"));
    }
    for (std::size_t index = 1; index < chain.size(); ++index)
        demand(SSL_CTX_add1_chain_cert(context, chain[index].get()) == 1);
}

void take_key(SSL_CTX* context, const TlsFiles& files) {
    constexpr mode_t others = 07;
    const auto content = content_of("key", files.key, others);
    const auto bio = memory_of(content);
    bool encrypted = false;
    const auto refuse_password = [](char*, int, int, void* told) {
        *static_cast<bool*>(told) = true;
        return -1;
    };
    const Handle<EVP_PKEY, EVP_PKEY_free> key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_password, &encrypted));
    ERR_clear_error();
    if (encrypted) fail("key", files.key, "is encrypted, and a server has nobody to ask for the password");
    if (!key) fail("key", files.key, "has no private key in PEM form");
    const bool fits = SSL_CTX_use_PrivateKey(context, key.get()) == 1;
    ERR_clear_error();
    if (!fits) fail("key", files.key, "does not belong to the certificate " + files.certificate.string());
}

void take_authorities(SSL_CTX* context, std::string_view content, const TlsFiles& files) {
    auto* store = SSL_CTX_get_cert_store(context);
    for (const auto& authority : certificates_in(content, "client_ca", files.client_ca)) {
        demand(X509_STORE_add_cert(store, authority.get()) == 1);
        demand(SSL_CTX_add_client_CA(context, authority.get()) == 1);
    }
    judge_clients(context, !files.crl.empty());
}

// What of it has run out, for the summary: then no certificate of its authority counts any more.
std::string take_revocations(SSL_CTX* context, std::string_view content, const std::filesystem::path& file) {
    std::string expired;
    for (const auto& list : revocations_in(content, file)) {
        demand(X509_STORE_add_crl(SSL_CTX_get_cert_store(context), list.get()) == 1);
        const auto* end = X509_CRL_get0_nextUpdate(list.get());
        if (end && X509_cmp_current_time(end) < 0)
            expired += fmt::format("; crl {} EXPIRED on {}: no certificate of that authority is taken",
                                   file.string(), day_of(end));
    }
    return expired;
}

// RFC 7301: a peer that names protocols and not ours is refused; one that names none speaks HTTP/1.1 anyway.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned count, void*) {
    std::string_view rest(reinterpret_cast<const char*>(offered), count);
    while (!rest.empty()) {
        const auto length = static_cast<std::size_t>(static_cast<unsigned char>(rest.front()));
        const auto name = rest.substr(1, length);
        if (name == protocol) {
            *chosen = reinterpret_cast<const unsigned char*>(name.data());
            *size = static_cast<unsigned char>(length);
            return SSL_TLSEXT_ERR_OK;
        }
        rest.remove_prefix(std::min(length + 1, rest.size()));
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_up(SSL_CTX* context) {
    demand(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
    demand(SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1);
    demand(SSL_CTX_set_cipher_list(context, ciphers_of_1_2) == 1);
    // IGNORE_UNEXPECTED_EOF: HTTP has its own marks of an end, and many clients close without a word.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    // RELEASE_BUFFERS: an idle connection keeps none. MOVING_WRITE_BUFFER: what is sent later may have moved.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    // One record at a time, so that a peer who sends records without data does not hold the thread.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); // tickets are all that is needed
    SSL_CTX_set_timeout(context, session_seconds);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

// A session may only be resumed where its client certificate would be judged alike.
void bind_sessions(SSL_CTX* context, std::string_view judges) {
    const auto mark = sha256(judges).substr(0, SSL_MAX_SID_CTX_LENGTH);
    demand(SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(mark.data()),
                                          static_cast<unsigned>(mark.size())) == 1);
}

void hand_down_tickets(SSL_CTX* from, SSL_CTX* to) {
    std::vector<unsigned char> keys(
        static_cast<std::size_t>(SSL_CTX_get_tlsext_ticket_keys(from, nullptr, 0)));
    const auto size = static_cast<long>(keys.size());
    demand(SSL_CTX_get_tlsext_ticket_keys(from, keys.data(), size) == 1);
    demand(SSL_CTX_set_tlsext_ticket_keys(to, keys.data(), size) == 1);
    OPENSSL_cleanse(keys.data(), keys.size());
}

} // namespace

void FreeTls::operator()(ssl_st* session) const noexcept { SSL_free(session); }
void FreeTls::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

Tls::Tls(const TlsFiles& files, const Tls* before) : context_(SSL_CTX_new(TLS_server_method())) {
    demand(context_ != nullptr);
    auto* context = context_.get();
    set_up(context);
    const auto chain =
        certificates_in(content_of("certificate", files.certificate, 0), "certificate", files.certificate);
    summary_ = summary_of(chain.front().get());
    names_ = names_of_server(*chain.front());
    take_certificate(context, chain, files);
    take_key(context, files);
    if (!files.client_ca.empty()) {
        judges_ = content_of("client_ca", files.client_ca, 0);
        take_authorities(context, judges_, files);
    }
    for (const auto& file : files.crl) {
        const auto content = content_of("crl", file, 0);
        summary_ += take_revocations(context, content, file);
        judges_ += '\0' + content;
    }
    bind_sessions(context, judges_);
    if (before && before->judges_ == judges_) hand_down_tickets(before->context_.get(), context);
}

TlsSession Tls::begin(int socket) const noexcept {
    TlsSession session(SSL_new(context_.get()));
    if (!session || SSL_set_fd(session.get(), socket) != 1) return nullptr;
    SSL_set_accept_state(session.get());
    return session;
}

} // namespace http
