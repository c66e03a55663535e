#pragma once
// The bytes of one connection, as they are or through TLS. Never waits: when something cannot be done at once it says
// what to wait for. Through TLS a read may have to wait until the socket can be written to, and the other way round.
//
// Threads: one at a time. One that is not secure may be read and written at the same time.

#include "agent/base/handle.hh"
#include "agent/http/certificate.hh"
#include "agent/http/tls.hh"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace http {

class Channel {
public:
    enum class Result { done, when_readable, when_writable, ended, broken };

    explicit Channel(Descriptor socket, TlsSession session = nullptr);
    ~Channel(); // tells a secure peer that this is the end
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    int descriptor() const noexcept { return socket_.get(); }
    bool is_secure() const noexcept { return session_ != nullptr; }

    // Takes the handshake of a secure one further. `done`: certificate() is known and bytes can go. `broken`: trouble()
    // says why.
    Result shake();
    std::string trouble() const { return trouble_; }
    bool showed_bad_certificate() const noexcept { return showed_bad_certificate_; } // that was the trouble
    // Whether the peer speaks HTTP without TLS: then shake() was `broken`, and from now on this channel is not
    // secure.
    bool met_plain_http() const noexcept { return met_plain_http_; }
    // The certificate of the peer, when it has shown a good one.
    const std::shared_ptr<const Certificate>& certificate() const noexcept { return certificate_; }

    // Reads once, up to the size of the buffer; `count` is how much was read when it is `done`.
    Result read(std::span<char> into, std::size_t& count) noexcept;
    Result write(std::string_view from, std::size_t& count) noexcept;

    // Reads and throws away, past TLS.
    Result discard(std::span<char> scratch) noexcept;
    // Ends our side, so that the peer sees the end of what was written.
    void end_sending() noexcept;
    // Makes the close throw away what the peer did not take. Otherwise the kernel would keep offering it.
    void forget_output() noexcept;

private:
    Result outcome(int returned) noexcept;
    Result read_plain(std::span<char> into, std::size_t& count) noexcept;
    Result write_plain(std::string_view from, std::size_t& count) noexcept;
    void note_trouble();
    void say_the_end() noexcept;

    Descriptor socket_;
    TlsSession session_;
    std::shared_ptr<const Certificate> certificate_;
    std::string trouble_;
    bool shaken_ = false; // the handshake is done, and the end not said
    bool met_plain_http_ = false;
    bool showed_bad_certificate_ = false;
};

} // namespace http
