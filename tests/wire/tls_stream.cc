// The stream of a client that speaks TLS.
#include "tests/wire/stream.hh"

#include "agent/base/handle.hh"
#include "agent/http/address.hh"

#include <array>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>

namespace wire {
namespace {

constexpr timeval most_for_the_handshake{20, 0};

class TlsStream : public Stream {
public:
    TlsStream(const http::Endpoint& endpoint, const std::filesystem::path& authority)
        : context_(SSL_CTX_new(TLS_client_method())) {
        const auto address = http::Address::of(endpoint).value();
        socket_ = Descriptor(::socket(address.raw()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const bool connected = socket_ &&
                               ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &most_for_the_handshake,
                                            sizeof most_for_the_handshake) == 0 &&
                               ::connect(socket_.get(), address.raw(), address.size()) == 0;
        if (!connected) throw std::runtime_error("cannot connect to " + endpoint.text());
        ERR_clear_error();
        if (!context_ || !set_up(authority) || SSL_connect(session_.get()) != 1 ||
            ::fcntl(socket_.get(), F_SETFL, O_NONBLOCK) != 0)
            throw std::runtime_error("cannot shake hands with " + endpoint.text());
    }

    int descriptor() const override { return socket_.get(); }

    State send(std::string_view& bytes) override {
        ERR_clear_error();
        std::size_t count = 0;
        const int result = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &count);
        if (result == 1) bytes.remove_prefix(count);
        // A peer that has ended its side may still be sent to; where that fails, OpenSSL says that it has ended.
        const auto state = state_of(result);
        return state == State::good ? State::good : State::gone;
    }

    State receive(std::string& to) override {
        ERR_clear_error();
        std::array<char, 16'384> bytes;
        std::size_t count = 0;
        const int result = SSL_read_ex(session_.get(), bytes.data(), bytes.size(), &count);
        if (result == 1) to.append(bytes.data(), count);
        return state_of(result);
    }

    // The message that says so (close_notify), and not the end of the TCP connection below: that alone would be no end,
    // since anybody on the way could have made it.
    void end_sending() override {
        ERR_clear_error();
        SSL_shutdown(session_.get());
    }

private:
    bool set_up(const std::filesystem::path& authority) {
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        session_.reset(SSL_new(context_.get()));
        return session_ && SSL_CTX_load_verify_locations(context_.get(), authority.c_str(), nullptr) == 1 &&
               SSL_set_fd(session_.get(), socket_.get()) == 1;
    }

    State state_of(int result) const {
        if (result == 1) return State::good;
        switch (SSL_get_error(session_.get(), result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE: return State::good;
        case SSL_ERROR_ZERO_RETURN: return State::ended;
        default: return State::gone; // also when the connection ends without a close_notify
        }
    }

    Handle<SSL_CTX, SSL_CTX_free> context_;
    Descriptor socket_;
    Handle<SSL, SSL_free> session_;
};

} // namespace

std::unique_ptr<Stream> connect_tls(unsigned port, const std::filesystem::path& authority) {
    return std::make_unique<TlsStream>(
        http::Endpoint{http::Endpoint::Family::ipv4, "127.0.0.1", port, true, true}, authority);
}

} // namespace wire
