#include "tests/support/scripted_server.hh"

#include "agent/base/pieces.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

namespace support {
namespace {

class PlainPeer : public ScriptedPeer {
public:
    explicit PlainPeer(int socket) : ScriptedPeer(socket) {}

protected:
    long write(const char* bytes, std::size_t count) override {
        return ::send(socket(), bytes, count, MSG_NOSIGNAL);
    }
    long receive(char* into, std::size_t most) override { return ::recv(socket(), into, most, 0); }
};

class SecretPeer : public ScriptedPeer {
public:
    SecretPeer(int socket, SSL_CTX* context) : ScriptedPeer(socket), session_(SSL_new(context)) {
        SSL_set_fd(session_.get(), socket);
    }
    ~SecretPeer() override {
        ERR_clear_error();
        if (shaken_) SSL_shutdown(session_.get());
    }
    bool shake_hands() { return shaken_ = SSL_accept(session_.get()) == 1; }

protected:
    long write(const char* bytes, std::size_t count) override {
        ERR_clear_error();
        return SSL_write(session_.get(), bytes, static_cast<int>(count));
    }
    long receive(char* into, std::size_t most) override {
        ERR_clear_error();
        return SSL_read(session_.get(), into, static_cast<int>(most));
    }

private:
    Handle<SSL, SSL_free> session_;
    bool shaken_ = false;
};

std::shared_ptr<void> context_of(const Authority::Issued& shown) {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (SSL_CTX_use_certificate_file(context.get(), shown.certificate.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), shown.key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("the certificate of a test cannot be used");
    return context;
}

} // namespace

std::string ScriptedRequest::header(std::string_view name) const {
    for (const auto line : text::pieces(head, '\n')) {
        const auto colon = line.find(':');
        if (colon != line.npos && text::same(line.substr(0, colon), name))
            return std::string(text::trim(line.substr(colon + 1)));
    }
    return {};
}

std::optional<ScriptedRequest> ScriptedPeer::read() {
    std::array<char, 4096> bytes{};
    const auto more = [&] {
        const auto got = receive(bytes.data(), bytes.size());
        if (got > 0) unread_.append(bytes.data(), static_cast<std::size_t>(got));
        return got > 0;
    };
    constexpr std::string_view end = "\r\n\r\n";
    while (unread_.find(end) == std::string::npos)
        if (!more()) return std::nullopt;
    ScriptedRequest asked;
    const auto length = unread_.find(end) + end.size();
    asked.head = unread_.substr(0, length);
    unread_.erase(0, length);
    const auto words = text::split(asked.head.substr(0, asked.head.find('\r')), ' ');
    if (words.size() != 3) return std::nullopt;
    asked.method = words[0];
    asked.target = words[1];
    const auto body = text::to_number(asked.header("Content-Length")).value_or(0);
    while (unread_.size() < body)
        if (!more()) return std::nullopt;
    asked.body = unread_.substr(0, body);
    unread_.erase(0, body);
    return asked;
}

bool ScriptedPeer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = write(bytes.data(), bytes.size());
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool ScriptedPeer::answer(int status, std::string_view body, std::string_view headers) {
    return send("HTTP/1.1 " + std::to_string(status) + " As told\r\n" + std::string(headers) +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
}

void ScriptedPeer::reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    const sockaddr nobody{AF_UNSPEC, {}};
    ::connect(socket_, &nobody, sizeof nobody); // breaks a connection off
}

void ScriptedPeer::wait_until_gone() {
    std::array<char, 4096> ignored{};
    while (::recv(socket_, ignored.data(), ignored.size(), 0) > 0) {
    }
}

bool ScriptedPeer::is_gone_within(std::chrono::milliseconds patience) {
    pollfd gone{socket_, POLLRDHUP, 0};
    return ::poll(&gone, 1, static_cast<int>(patience.count())) > 0;
}

ScriptedServer::ScriptedServer(Connected script, std::optional<Authority::Issued> shown)
    : script_(std::move(script)), tls_(shown ? context_of(*shown) : nullptr),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* raw = reinterpret_cast<sockaddr*>(&where);
    if (::bind(listener_.get(), raw, size) != 0 || ::listen(listener_.get(), 64) != 0 ||
        ::getsockname(listener_.get(), raw, &size) != 0)
        throw std::runtime_error("no port on 127.0.0.1");
    port_ = ntohs(where.sin_port);
    acceptor_ = std::thread([this] { accept(); });
}

ScriptedServer::~ScriptedServer() {
    ends_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR); // accept(2) returns
    acceptor_.join();
    open_.with([](auto& all) {
        for (const int socket : all) ::shutdown(socket, SHUT_RDWR);
    });
    for (auto& thread : threads_) thread.join();
}

ScriptedServer::Connected ScriptedServer::each(Handler handler) {
    return [handler = std::move(handler)](ScriptedPeer& peer) {
        while (const auto asked = peer.read()) handler(peer, *asked);
    };
}

std::string ScriptedServer::url(std::string_view path, std::string_view host) const {
    return (tls_ ? "https://" : "http://") + std::string(host) + ":" + std::to_string(port_) +
           std::string(path);
}

void ScriptedServer::accept() {
    while (!ends_) {
        const int socket = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) continue;
        ++connections_;
        open_.with([&](auto& all) { all.push_back(socket); });
        threads_.emplace_back([this, socket] { serve(socket); });
    }
}

void ScriptedServer::serve(int socket) {
    if (tls_) {
        SecretPeer peer(socket, static_cast<SSL_CTX*>(tls_.get()));
        if (peer.shake_hands()) script_(peer);
    } else {
        PlainPeer peer(socket);
        script_(peer);
    }
    open_.with([&](auto& all) { std::erase(all, socket); });
    ::close(socket);
}

} // namespace support
