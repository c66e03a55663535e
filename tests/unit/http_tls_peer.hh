#pragma once
// A peer that speaks TLS, for the tests of the server.
//
// Threads: one owner.

#include "tests/unit/http_peer.hh"

#include <filesystem>
#include <memory>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/time.h>

namespace wire {

// What such a peer wants, and what it remembers from one connection to the next.
class TlsClient {
public:
    explicit TlsClient(const std::filesystem::path& authority) : context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_load_verify_locations(context_.get(), authority.c_str(), nullptr);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_set_app_data(context_.get(), this);
        SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* ours, SSL_SESSION* newest) {
            auto* self = static_cast<TlsClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ours)));
            self->session.reset(newest);
            return 1;
        });
    }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    void shows(const std::filesystem::path& certificate, const std::filesystem::path& key) {
        SSL_CTX_use_certificate_chain_file(context_.get(), certificate.c_str());
        SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM);
    }
    // TLS1_2_VERSION and so on. Old ones only without the security level that Debian sets.
    void speaks(int version) {
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_set_min_proto_version(context_.get(), version);
        SSL_CTX_set_max_proto_version(context_.get(), version);
    }
    // In the form of the wire: each name behind its length.
    void offers(const std::string& protocols) {
        SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                                static_cast<unsigned>(protocols.size()));
    }
    SSL_CTX* context() const noexcept { return context_.get(); }

    Handle<SSL_SESSION, SSL_SESSION_free> session; // the newest ticket; resumed by the next connection

private:
    Handle<SSL_CTX, SSL_CTX_free> context_;
};

class TlsPeer : public Peer {
public:
    // Shakes hands at once; `shaken` says how that went.
    TlsPeer(const http::Endpoint& endpoint, const TlsClient& client)
        : Peer(endpoint), session_(SSL_new(client.context())) {
        // A message of TLS alone makes the socket readable, too, and then nothing may follow.
        const timeval most{patience.count(), 0};
        ::setsockopt(descriptor(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
        SSL_set_fd(session_.get(), descriptor());
        if (client.session) SSL_set_session(session_.get(), client.session.get());
        ERR_clear_error();
        shaken = SSL_connect(session_.get()) == 1;
    }
    ~TlsPeer() override {
        if (shaken) SSL_shutdown(session_.get());
    }

    void end_sending() override { SSL_shutdown(session_.get()); }
    bool was_resumed() const { return SSL_session_reused(session_.get()) == 1; }
    std::string version() const { return SSL_get_version(session_.get()); }
    std::string cipher() const { return SSL_get_cipher_name(session_.get()); }
    std::string protocol() const {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(session_.get(), &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }
    SSL* session() const noexcept { return session_.get(); }

    bool shaken = false;

protected:
    ssize_t write(std::string_view bytes) override {
        ERR_clear_error();
        return SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
    }
    ssize_t read(char* into, std::size_t most) override {
        ERR_clear_error();
        return SSL_read(session_.get(), into, static_cast<int>(most));
    }
    bool holds_back() override { return SSL_pending(session_.get()) > 0; }

private:
    Handle<SSL, SSL_free> session_;
};

} // namespace wire
