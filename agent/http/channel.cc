#include "agent/http/channel.hh"

#include "agent/base/error.hh"
#include "agent/http/client_certificate.hh"

#include <cerrno>
#include <exception>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <utility>

namespace http {
namespace {

// The handshake has verified it, or one that this session resumes; then it may have run out meanwhile.
std::shared_ptr<const Certificate> certificate_of(const SSL* session) {
    const Handle<X509, X509_free> shown(SSL_get1_peer_certificate(session));
    const bool good = shown && SSL_get_verify_result(session) == X509_V_OK &&
                      X509_cmp_current_time(X509_get0_notAfter(shown.get())) > 0;
    if (!good) return nullptr;
    return std::make_shared<const Certificate>(read_certificate(*shown));
}

std::string reason_of() {
    const auto* reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "the connection broke";
}

} // namespace

Channel::Channel(Descriptor socket, TlsSession session)
    : socket_(std::move(socket)), session_(std::move(session)) {}

Channel::~Channel() { say_the_end(); }

// Once, and as far as it goes: nobody waits for the answer.
void Channel::say_the_end() noexcept {
    if (!session_ || !std::exchange(shaken_, false)) return;
    ERR_clear_error();
    SSL_shutdown(session_.get());
}

// What it means that OpenSSL has returned this.
Channel::Result Channel::outcome(int returned) noexcept {
    if (returned > 0) return Result::done;
    switch (SSL_get_error(session_.get(), returned)) {
    case SSL_ERROR_WANT_READ: return Result::when_readable;
    case SSL_ERROR_WANT_WRITE: return Result::when_writable;
    case SSL_ERROR_ZERO_RETURN: return Result::ended;
    default:
        shaken_ = false; // nothing may be sent any more, not even the end
        return Result::broken;
    }
}

Channel::Result Channel::shake() {
    ERR_clear_error();
    const auto result = outcome(SSL_do_handshake(session_.get()));
    if (result == Result::broken) note_trouble();
    if (result != Result::done) return result;
    try {
        certificate_ = certificate_of(session_.get());
    } catch (const std::exception& failure) {
        trouble_ = failure.what();
        return Result::broken;
    }
    shaken_ = true;
    return result;
}

void Channel::note_trouble() {
    trouble_ = why_refused(session_.get());
    showed_bad_certificate_ = !trouble_.empty();
    if (!showed_bad_certificate_) trouble_ = reason_of();
    const auto code = ERR_peek_last_error();
    met_plain_http_ = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST;
    if (met_plain_http_) session_.reset();
}

Channel::Result Channel::read(std::span<char> into, std::size_t& count) noexcept {
    if (!session_) return read_plain(into, count);
    ERR_clear_error();
    return outcome(SSL_read_ex(session_.get(), into.data(), into.size(), &count));
}

Channel::Result Channel::write(std::string_view from, std::size_t& count) noexcept {
    if (!session_) return write_plain(from, count);
    ERR_clear_error();
    return outcome(SSL_write_ex(session_.get(), from.data(), from.size(), &count));
}

Channel::Result Channel::read_plain(std::span<char> into, std::size_t& count) noexcept {
    const auto received = ::recv(socket_.get(), into.data(), into.size(), 0);
    count = received > 0 ? static_cast<std::size_t>(received) : 0;
    if (received > 0) return Result::done;
    if (received == 0) return Result::ended;
    return errno == EAGAIN || errno == EINTR ? Result::when_readable : Result::broken;
}

Channel::Result Channel::write_plain(std::string_view from, std::size_t& count) noexcept {
    const auto sent = ::send(socket_.get(), from.data(), from.size(), MSG_NOSIGNAL);
    count = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    if (sent >= 0) return Result::done;
    return errno == EAGAIN || errno == EINTR ? Result::when_writable : Result::broken;
}

Channel::Result Channel::discard(std::span<char> scratch) noexcept {
    std::size_t count = 0;
    return read_plain(scratch, count);
}

void Channel::end_sending() noexcept {
    say_the_end();
    ::shutdown(socket_.get(), SHUT_WR);
}

void Channel::forget_output() noexcept {
    const linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

} // namespace http
