#pragma once
// An application whose answers come later, behind a real server: the test says what it does with a request. Paths that
// it does not know are "hello".
//
// Threads: handlers run on the server's workers; what the test shares with them is its own care.

#include "agent/http/bell.hh"
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_peer.hh"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace wire {

constexpr std::chrono::hours very_long{1};

inline http::Response text(std::string body, int status = 200) {
    return {status, {}, "text/plain", std::move(body)};
}

// What `go_on` makes of it comes after the bell, or after `most`.
inline http::Response later(std::function<http::Response()> go_on, std::shared_ptr<http::Bell> bell,
                            std::chrono::milliseconds most = very_long) {
    http::Response response;
    response.later =
        std::make_shared<http::Later>(http::Later{std::move(bell), most, std::move(go_on), false});
    return response;
}

// This piece, and what `go_on` makes of it when the bell rings, or after `most`.
inline http::Response piece(std::string body, std::function<http::Response()> go_on,
                            std::shared_ptr<http::Bell> bell, std::chrono::milliseconds most = very_long) {
    auto response = text(std::move(body));
    response.later =
        std::make_shared<http::Later>(http::Later{std::move(bell), most, std::move(go_on), true});
    return response;
}

class LaterDesk : public http::Application {
public:
    using Handlers = std::map<std::string, std::function<http::Response()>>;

    explicit LaterDesk(Handlers handlers) : handlers_(std::move(handlers)) {}

    std::unique_ptr<http::Admission> admit(const http::Head&) override {
        return std::make_unique<Admitted>([this](const auto& request) { return handle(request); });
    }
    http::Response handle(const http::Request& request) {
        const auto handler = handlers_.find(request.path);
        auto response = handler == handlers_.end() ? text("hello") : handler->second();
        ++handled;
        return response;
    }
    http::Response refuse(const http::Head&, int status, std::string_view sentence) override {
        if (on_refuse) on_refuse();
        return text(std::string(sentence), status);
    }

    std::atomic<unsigned> handled = 0;
    std::function<void()> on_refuse; // to be set before there are requests

private:
    const Handlers handlers_;
};

struct LaterOffice {
    explicit LaterOffice(LaterDesk::Handlers handlers, http::Limits limits = one_worker())
        : LaterOffice(std::move(handlers), limits, http::listen(http::parse_endpoint("127.0.0.1:0"))) {}
    LaterOffice(LaterDesk::Handlers handlers, http::Limits limits, http::Listener listener)
        : desk(std::move(handlers)), endpoint(listener.endpoint),
          server(desk, Office::one(std::move(listener)), limits, "desk/1") {}

    static http::Limits one_worker() {
        http::Limits limits;
        limits.workers = 1;
        return limits;
    }

    // With one worker: whatever the desk has handled before is parked, or wholly sent, when this returns true.
    bool settles() {
        return Peer(endpoint).ask(get("/")).status == 200 && server.beats(std::chrono::seconds(10));
    }

    LaterDesk desk;
    http::Endpoint endpoint;
    http::Server server;
};

} // namespace wire
