#pragma once
// An application that needs time to find out who asks, behind a real server. A request is undecided until the desk's
// bell has rung or its patience is over, `rounds` times. Its paths: /known/... is decided at once, /forbidden is
// refused, /throw and /nothing fail to decide, /later has an answer that comes later still, /upload takes its body into
// a sink, /quick/... is quick; everything else returns the body, or "hello".
//
// Threads: handlers run on the server's threads; what is not atomic is to be set before there are requests.

#include "tests/support/eventually.hh"
#include "tests/unit/http_later_desk.hh"

#include <atomic>
#include <memory>
#include <pthread.h>
#include <stdexcept>
#include <string>

namespace wire {

inline std::string name_of_this_thread() {
    char name[16] = "";
    ::pthread_getname_np(::pthread_self(), name, sizeof name);
    return name;
}

class SlowDesk : public http::Application {
public:
    std::shared_ptr<http::Bell> bell = std::make_shared<http::Bell>();
    std::chrono::milliseconds patience = very_long;
    unsigned rounds = 1;
    std::atomic<unsigned> admitted = 0, decided = 0, answered = 0;
    std::atomic<int> undecided = 0; // that are there
    std::string admitted_by, decided_by,
        decided_of; // thread, thread, path: of the last; to be read when it is idle

    std::unique_ptr<http::Admission> admit(const http::Head& head) override {
        admitted_by = name_of_this_thread();
        auto admission = head.path.starts_with("/known") ? decision(head) : put_off(rounds);
        ++admitted;
        return admission;
    }
    bool is_quick(const http::Head& head) const noexcept override { return head.path.starts_with("/quick"); }
    http::Response refuse(const http::Head&, int status, std::string_view sentence) override {
        return text(std::string(sentence), status);
    }

private:
    class Undecided : public http::Admission {
    public:
        Undecided(SlowDesk& desk, unsigned rounds) : desk_(desk), rounds_(rounds) { ++desk_.undecided; }
        ~Undecided() override { --desk_.undecided; }
        std::optional<http::Hold> undecided() noexcept override { return {{desk_.bell, desk_.patience}}; }
        std::unique_ptr<http::Admission> decide(const http::Head& head) override {
            ++desk_.decided;
            desk_.decided_by = name_of_this_thread();
            desk_.decided_of = head.path;
            return rounds_ > 1 ? desk_.put_off(rounds_ - 1) : desk_.decision(head);
        }
        std::size_t body_limit() const noexcept override { return 0; }
        http::Response answer(const http::Request&) override { throw std::logic_error("nobody has decided"); }

    private:
        SlowDesk& desk_;
        const unsigned rounds_;
    };

    class Upload : public http::Admission, http::BodySink {
    public:
        std::size_t body_limit() const noexcept override { return big; }
        http::BodySink* sink() noexcept override { return this; }
        bool take(std::string_view bytes) noexcept override {
            taken_ += bytes.size();
            return true;
        }
        http::Response answer(const http::Request&) override { return text(std::to_string(taken_)); }

    private:
        std::size_t taken_ = 0;
    };

    std::unique_ptr<http::Admission> put_off(unsigned times) {
        return std::make_unique<Undecided>(*this, times);
    }

    std::unique_ptr<http::Admission> decision(const http::Head& head) {
        if (head.path == "/throw") throw std::runtime_error("a secret");
        if (head.path == "/nothing") return nullptr;
        if (head.path == "/upload") return std::make_unique<Upload>();
        const bool is_refusal = head.path == "/forbidden";
        return std::make_unique<Admitted>(
            [this, is_refusal](const http::Request& request) {
                ++answered;
                if (is_refusal) return text("forbidden", 403);
                if (request.path == "/later")
                    return later([] { return text("late"); }, nullptr, std::chrono::milliseconds(1));
                return text(request.body.empty() ? "hello" : request.body);
            },
            is_refusal);
    }
};

struct SlowOffice {
    explicit SlowOffice(const http::Settings& settings = LaterOffice::one_worker(),
                        const std::string& address = "127.0.0.1:0")
        : SlowOffice(settings, http::listen(http::parse_endpoint(address))) {}
    SlowOffice(const http::Settings& settings, http::Listener listener)
        : endpoint(listener.endpoint), server(desk, Office::one(std::move(listener)), settings, "desk/1") {}

    // With one worker: whatever was given to it before is parked, or wholly sent, when this returns true.
    bool settles() {
        return Peer(endpoint).ask(get("/known")).status == 200 && server.beats(std::chrono::seconds(10));
    }
    // Whether so many requests have come to be parked.
    bool parks(int count) {
        return support::eventually([&] { return desk.undecided == count; }) && settles();
    }

    SlowDesk desk;
    http::Endpoint endpoint;
    http::Server server;
};

} // namespace wire
