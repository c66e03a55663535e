#pragma once
// A server that behaves as a test tells it, well or badly, on a port of 127.0.0.1, plain or through TLS. Stub.
//
// Threads: the script runs on a thread of each connection's own; everything else may be called from any. The destructor
// breaks all connections and waits for their threads, so a script must not wait for anything but its peer.

#include "agent/base/guarded.hh"
#include "agent/base/handle.hh"
#include "tests/support/certificates.hh"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace support {

// A request, as it came.
struct ScriptedRequest {
    std::string method, target, head, body;

    std::string header(std::string_view name) const; // in whichever case; empty: none
};

class ScriptedPeer {
public:
    virtual ~ScriptedPeer() = default;

    std::optional<ScriptedRequest> read(); // nullopt: the peer is gone
    bool send(std::string_view);           // false: the peer is gone
    // A whole answer with its Content-Length, and with what else is given as lines that end in CRLF.
    bool answer(int status, std::string_view body, std::string_view headers = {});
    void reset();           // the connection breaks off
    void wait_until_gone(); // says nothing meanwhile
    bool is_gone_within(std::chrono::milliseconds);

protected:
    explicit ScriptedPeer(int socket) : socket_(socket) {}
    virtual long write(const char*, std::size_t) = 0;
    virtual long receive(char*, std::size_t) = 0;
    int socket() const noexcept { return socket_; }

private:
    int socket_;
    std::string unread_;
};

class ScriptedServer {
public:
    using Connected = std::function<void(ScriptedPeer&)>;
    using Handler = std::function<void(ScriptedPeer&, const ScriptedRequest&)>;

    explicit ScriptedServer(Connected script, std::optional<Authority::Issued> shown = {});
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    // Has each request of a connection handled until the peer goes.
    static Connected each(Handler);

    unsigned port() const noexcept { return port_; }
    std::string url(std::string_view path, std::string_view host = "127.0.0.1") const;
    unsigned connections() const noexcept { return connections_; } // that were ever made

private:
    void accept();
    void serve(int socket);

    const Connected script_;
    std::shared_ptr<void> tls_; // SSL_CTX; null: plain
    Descriptor listener_;
    unsigned port_ = 0;
    std::atomic<unsigned> connections_{0};
    std::atomic<bool> ends_{false};
    Guarded<std::vector<int>> open_;
    std::vector<std::thread> threads_; // the acceptor's alone
    std::thread acceptor_;
};

} // namespace support
