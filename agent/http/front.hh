#pragma once
// The thread that owns all connections. It sleeps in epoll; what comes is read into the connection it belongs to, a
// complete request goes to a worker, and the worker sends the answer itself and gives the connection back; a quick one
// is answered here (Application::is_quick). One request of a connection
// is under way at a time, so that answers to pipelined ones leave in order. One whose answer comes later is parked here
// until its bell rings or its patience is over, and then goes to a worker again.
//
// Threads: make, stop() and destroy it from one thread; use() and beats() from any. Failures: Error when epoll or
// threads cannot be made.

#include "agent/base/guarded.hh"
#include "agent/http/acceptor.hh"
#include "agent/http/access_log.hh"
#include "agent/http/connection.hh"
#include "agent/http/crowd.hh"
#include "agent/http/deadlines.hh"
#include "agent/http/exchange.hh"
#include "agent/http/limit_log.hh"
#include "agent/http/poller.hh"
#include "agent/http/rare_warning.hh"
#include "agent/http/settings.hh"
#include "agent/http/workers.hh"

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace http {

class Front {
public:
    Front(Application&, std::vector<Listener>, const Settings&, const std::string& server_name);
    ~Front();
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;

    // Takes no more connections, closes those without a request, and waits until the others are answered. After `grace`
    // closes them, too, but for those that the application still has.
    void stop(std::chrono::milliseconds grace);

    // Goes on with these settings. Connections that are open keep their TLS, and those that wait already keep their
    // time; but one whose client has shown a certificate ends when others judge certificates from now on, once it is
    // answered what it has asked for.
    void use(const Settings&);

    // Whether the connections' thread comes by within `patience`. Once it is stopped it never does.
    bool beats(std::chrono::milliseconds patience);

private:
    static constexpr std::size_t read_ahead = 16 * 1024; // of the next requests, while one is under way
    static constexpr std::string_view the_end = "the agent is ending";

    struct Returned {
        Connection* connection;
        Channel::Result result; // of what was sent of its answer or read of its body
    };
    struct Ring {
        int descriptor;
        std::uint64_t parking; // of that connection; it may have gone on since
    };
    // Word from other threads, taken in each round.
    struct Inbox {
        std::vector<Returned> returned;
        std::vector<Ring> rings;
        std::vector<std::promise<void>> asked; // whether we are there
        std::optional<Settings> settings;      // newer ones
    };

    // The connections' thread.
    void run();
    std::optional<std::chrono::milliseconds> patience() const;
    void on_event(const Poller::Event&);
    void on_event_while_working(Connection&, const Poller::Event&);
    void on_event_while_parked(Connection&, const Poller::Event&);
    void on_readable(Connection&);
    void accept_some(const Listener&);
    void receive_newcomer(Acceptor::Newcomer);
    void turn_away(Connection&, std::string_view limit, std::string_view sentence);
    void shake(Connection&);
    void advance(Connection&);
    void settle_proxies(Head&) const; // throws Refusal
    void hand_over(Connection&);
    void serve_here(Connection&);
    bool give_to_worker(Connection&);
    void read_inbox();
    void take(const Settings&);
    void let_go_of_judged();
    void take_back(Connection&, Channel::Result);
    void begin_body(Connection&);
    void await_body(Connection&, Channel::Result received);
    void give_to_stream_worker(Connection&);
    // `limit`: the name of the limit that is met, for the log.
    void refuse(Connection&, int status, std::string_view sentence, std::string_view limit = {});
    void judge_body_rate(Connection&);
    void give_place(Connection&);
    void free_place(Connection&);
    void park(Connection&);
    void silence(Connection&) noexcept;
    void on_ring(const Ring&);
    void go_on(Connection&);
    void after_sending(Connection&, Channel::Result sent);
    void finish(Connection&);
    void expire();
    void wind_down();
    void watch(Connection&, bool read, bool write);
    void watch_for(Connection&, Channel::Result);
    void wait_for(Connection&, Wait);
    void drop(Connection&);
    std::string next_id();

    // The holder of the turn.
    static Channel::Result send(Connection&);

    // Any worker.
    void work(Exchange&, Connection&);
    void give_back(Connection&, Channel::Result);

    // Any stream worker.
    void fill_sink(Exchange&, Connection&, std::span<char> scratch);

    // Any thread.
    void hear(const Ring&) noexcept;

    Application& application_;
    Limits limits_;                          // of the connections' thread
    std::shared_ptr<const Tls> tls_;         // of the connections' thread
    std::shared_ptr<const Proxies> proxies_; // of the connections' thread; nullptr: none
    std::atomic<bool> closing_ = false;      // stop() was called
    std::atomic<bool> forced_ = false;       // and its grace is over
    Poller poller_;
    Acceptor acceptor_;
    Deadlines deadlines_;
    Exchange exchange_;

    std::vector<std::unique_ptr<Connection>> connections_; // by descriptor
    std::vector<std::unique_ptr<Connection>> closed_;      // until no event of this round can name them
    std::size_t live_ = 0;
    std::size_t surplus_ = 0; // of the live ones
    Crowd crowd_;             // the others
    std::size_t working_ = 0;
    std::size_t places_ = 0;     // taken by those that go on later
    std::uint64_t parkings_ = 0; // so far
    bool waiting_ = false;       // a request waits for a worker
    Clock::time_point now_ = Clock::now();
    std::array<char, 16 * 1024> scratch_{};
    std::string id_prefix_;
    std::uint64_t ids_ = 0;
    LimitLog limit_log_;
    RareWarning no_handshake_;
    RareWarning bad_certificate_; // apart, so that those who know nothing of TLS do not hide it
    AccessLog access_log_;

    Guarded<Inbox> inbox_;
    Inbox read_; // of it, in this round
    std::promise<void> ended_;
    std::future<void> end_ = ended_.get_future();
    Workers workers_;
    Workers stream_workers_; // for bodies that go into a sink, so that they take no worker from others
    std::thread thread_;
};

} // namespace http
