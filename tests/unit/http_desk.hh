#pragma once
// A fake application behind a real server, for the tests of the server. Its paths: /echo returns the body, /wait
// answers when the gate opens, /forbidden is refused before the body is read, /throw and /throw-early throw, /big has 8
// MiB, /none is a 204, /torn has a line break in a header, /twice a length of its own; some tell what the server says
// of a request; everything else is "hello".
//
// Threads: handlers run on the server's workers; open() and the counts are for the test.

#include "agent/http/server.hh"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

namespace wire {

constexpr std::size_t body_limit = 1000;
constexpr std::size_t big = 8 * 1024 * 1024;

// Answers by calling `work`.
class Admitted : public http::Admission {
public:
    using Work = std::function<http::Response(const http::Request&)>;

    explicit Admitted(Work work, bool is_refusal = false) : work_(std::move(work)), is_refusal_(is_refusal) {}
    std::string_view user() const noexcept override { return "somebody"; }
    bool is_refusal() const noexcept override { return is_refusal_; }
    std::size_t body_limit() const noexcept override { return wire::body_limit; }
    http::Response answer(const http::Request& request) override { return work_(request); }

private:
    const Work work_;
    const bool is_refusal_;
};

class Desk : public http::Application {
public:
    std::unique_ptr<http::Admission> admit(const http::Head& head) override {
        if (head.path == "/throw-early") throw std::runtime_error("a secret");
        if (head.path == "/forbidden")
            return std::make_unique<Admitted>([](const auto&) { return text(403, "forbidden"); }, true);
        return std::make_unique<Admitted>([this](const auto& request) { return handle(request); });
    }

    bool is_quick(const http::Head& head) const noexcept override {
        return head.path == "/quick" || head.path == "/quick/throw";
    }

    http::Response handle(const http::Request& request) {
        ++handled;
        if (request.path == "/echo") return text(200, request.body);
        if (request.path == "/method") return text(200, request.method_text);
        if (request.path == "/peer") return text(200, request.peer);
        if (request.path == "/source") return text(200, request.source);
        if (request.path == "/process") return text(200, shown(request.process));
        if (request.path == "/base") return text(200, http::base_of(request));
        if (request.path == "/host") return text(200, request.host);
        if (request.path == "/secure") return text(200, request.is_secure ? "yes" : "no");
        if (request.path == "/who")
            return text(200, request.certificate ? request.certificate->subject : "nobody");
        if (request.path == "/names") return text(200, shown(request.certificate));
        if (request.path == "/fingerprint")
            return text(200, request.certificate ? request.certificate->fingerprint : "none");
        if (request.path == "/id") return text(200, request.id);
        if (request.path == "/wait") return wait();
        if (request.path == "/throw" || request.path == "/quick/throw") throw std::runtime_error("a secret");
        if (request.path == "/big") return text(200, std::string(big, 'x'));
        if (request.path == "/none") return {204, {}, "", ""};
        if (request.path == "/torn") return {200, {{"X-Torn", "a\r\nX-Evil: b"}}, "", ""};
        if (request.path == "/twice") return {200, {{"content-length", "1"}}, "", "abc"};
        if (request.path == "/cached")
            return {
                200, {{"Cache-Control", "max-age=60"}, {"Link", "a"}, {"Link", "b"}}, "text/uri-list", "x"};
        return text(200, "hello");
    }

    http::Response refuse(const http::Head&, int status, std::string_view sentence) override {
        return text(status, std::string(sentence));
    }

    // Waits until so many requests are in /wait; false when they did not come.
    bool holds(unsigned count) {
        std::unique_lock hold(mutex_);
        return changed_.wait_for(hold, std::chrono::seconds(30), [&] { return waiting_ >= count; });
    }
    void open() {
        std::lock_guard hold(mutex_);
        open_ = true;
        changed_.notify_all();
    }

    std::atomic<unsigned> handled = 0;

private:
    static http::Response text(int status, std::string body) {
        return {status, {}, "text/plain", std::move(body)};
    }

    static std::string shown(const std::shared_ptr<const http::Certificate>& certificate) {
        std::string all;
        for (const auto& name : certificate ? certificate->names : std::vector<std::string>())
            all += name + " ";
        return all;
    }

    static std::string shown(const std::optional<http::PeerProcess>& process) {
        if (!process) return "none";
        return std::to_string(process->uid) + " " + std::to_string(process->gid) + " " +
               std::to_string(process->pid);
    }

    http::Response wait() {
        std::unique_lock hold(mutex_);
        ++waiting_;
        changed_.notify_all();
        const bool opened = changed_.wait_for(hold, std::chrono::seconds(30), [&] { return open_; });
        return text(opened ? 200 : 504, "waited");
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    unsigned waiting_ = 0;
    bool open_ = false;
};

// The desk behind a server on a free loopback port.
struct Office {
    explicit Office(const http::Settings& settings = {}, const std::string& address = "127.0.0.1:0")
        : Office(settings, http::listen(http::parse_endpoint(address))) {}
    Office(const http::Settings& settings, http::Listener listener)
        : endpoint(listener.endpoint), server(desk, one(std::move(listener)), settings, "desk/1") {}
    ~Office() { desk.open(); }

    static std::vector<http::Listener> one(http::Listener listener) {
        std::vector<http::Listener> listeners;
        listeners.push_back(std::move(listener));
        return listeners;
    }

    Desk desk;
    http::Endpoint endpoint;
    http::Server server;
};

inline std::string get(const std::string& path, const std::string& headers = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}
inline std::string post(const std::string& path, const std::string& body, const std::string& headers = "") {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + headers + "\r\n" + body;
}
inline std::string chunked(const std::string& path, const std::string& chunks) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}

} // namespace wire
