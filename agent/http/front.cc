#include "agent/http/front.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/uuid.hh"
#include "agent/http/refusal.hh"

#include <fmt/format.h>

#include <algorithm>
#include <pthread.h>
#include <system_error>

namespace http {
namespace {

using std::chrono::milliseconds;

constexpr int accepted_at_once = 64;                 // then others have their turn
constexpr std::size_t read_ahead = 16 * 1024;        // of the next requests, while one is with a worker
constexpr std::size_t turned_away_at_once = 256;     // connections above the limit that still get a 503
constexpr milliseconds longest_sleep_at_work{100};   // a worker may give back without waking us
constexpr milliseconds longest_sleep_at_the_end{10}; // stop() waits for us

} // namespace

Front::Front(Application& application, std::vector<Listener> listeners, const Limits& limits,
             const std::string& server_name)
    : limits_(limits), acceptor_(std::move(listeners), poller_), deadlines_(limits_),
      exchange_(application, server_name, closing_), id_prefix_(new_uuid().substr(0, 8)),
      workers_(limits_.workers, limits_.queued, [this, &application, server_name] {
          auto exchange = std::make_shared<Exchange>(application, server_name, closing_);
          return [this, exchange](Connection& connection) {
              exchange->serve(connection.turn());
              give_back(connection, connection.transmit());
          };
      }) {
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& failure) {
        throw Error(Fault::unavailable,
                    fmt::format("cannot start the thread of the connections: {}", failure.what()));
    }
}

Front::~Front() {
    stop(milliseconds(0));
    thread_.join();
}

void Front::stop(milliseconds grace) {
    closing_ = true;
    poller_.wake();
    if (end_.wait_for(grace) == std::future_status::ready) return;
    forced_ = true;
    poller_.wake();
}

void Front::run() {
    pthread_setname_np(pthread_self(), "http-front");
    for (;;) {
        const auto events = poller_.wait(patience());
        now_ = Clock::now();
        take_back();
        for (const auto& event : events) on_event(event);
        take_back(); // after `stirred` was set: what a worker gave back before it looked there is found here
        expire();
        acceptor_.resume(now_);
        waiting_ = workers_.relieve(now_);
        if (closing_) wind_down();
        closed_.clear();
        if (closing_ && live_ == 0) break;
    }
    ended_.set_value();
}

std::optional<milliseconds> Front::patience() const {
    auto first = deadlines_.next();
    const auto consider = [&](Clock::time_point due) { first = first ? std::min(*first, due) : due; };
    if (const auto rest = acceptor_.rests_until()) consider(*rest);
    if (waiting_) consider(now_ + Workers::most_patience);
    if (working_ > 0) consider(now_ + (closing_ ? longest_sleep_at_the_end : longest_sleep_at_work));
    if (!first) return std::nullopt;
    return std::max(std::chrono::ceil<milliseconds>(*first - Clock::now()), milliseconds(0));
}

void Front::on_event(const Poller::Event& event) {
    if (acceptor_.owns(event.descriptor)) return accept_some(event.descriptor);
    const auto index = static_cast<std::size_t>(event.descriptor);
    if (index >= connections_.size() || !connections_[index]) return; // closed in this round
    auto& connection = *connections_[index];
    if (connection.phase == Connection::Phase::working) return on_event_while_working(connection, event);
    if (event.broken && !event.readable) return drop(connection);
    if (event.writable) return after_sending(connection, connection.transmit());
    if (event.readable) on_readable(connection);
}

// Reads ahead a little, so that a worker is not interrupted by what comes next, nor the kernel asked again and again.
void Front::on_event_while_working(Connection& connection, const Poller::Event& event) {
    using enum Connection::Received;
    connection.stirred = true;
    const auto received = event.broken ? broken : connection.receive(scratch_);
    if (received == broken) {
        connection.gone = true;
        poller_.remove(connection.descriptor());
    } else if (received == end) {
        connection.ended = true;
        watch(connection, false, false);
    } else if (connection.waiting() >= read_ahead) {
        watch(connection, false, false);
    }
}

void Front::on_readable(Connection& connection) {
    using enum Connection::Received;
    const auto received = connection.receive(scratch_);
    if (received == end || received == broken) return drop(connection);
    if (received == nothing) return;
    if (connection.phase == Connection::Phase::lingering) return connection.forget_input();
    advance(connection);
}

void Front::accept_some(int listener) {
    for (int i = 0; i < accepted_at_once; ++i) {
        auto newcomer = acceptor_.next(listener, now_);
        if (!newcomer) return;
        receive_newcomer(std::move(*newcomer));
    }
}

void Front::receive_newcomer(Acceptor::Newcomer newcomer) {
    const auto index = static_cast<std::size_t>(newcomer.socket.get());
    if (live_ >= limits_.connections + turned_away_at_once ||
        !poller_.add(newcomer.socket.get(), true, false))
        return;
    if (index >= connections_.size()) connections_.resize(index + 1);
    connections_[index] = std::make_unique<Connection>(std::move(newcomer.socket), std::move(newcomer.peer));
    auto& connection = *connections_[index];
    connection.deadline = deadlines_.add(connection);
    ++live_;
    if (live_ <= limits_.connections) return wait_for(connection, Wait::request);
    too_many_connections_.say(
        now_, fmt::format("connections are turned away: the limit of {} is reached", limits_.connections));
    refuse(connection, 503, "too many connections");
}

// Reads on in what has come, as far as it goes.
void Front::advance(Connection& connection) {
    try {
        if (connection.phase == Connection::Phase::body) {
            if (connection.read_body()) hand_over(connection);
            return;
        }
        if (connection.read_headers(limits_)) {
            connection.turn().block.request.id = next_id();
            connection.turn().began = now_;
            return hand_over(connection);
        }
        // The time for the headers runs from their first byte and is not set anew by the next ones.
        if (connection.waiting() > 0 && connection.deadline->wait != Wait::header)
            wait_for(connection, Wait::header);
    } catch (const Refusal& refusal) {
        refuse(connection, refusal.status(), refusal.what());
    }
}

void Front::hand_over(Connection& connection) {
    connection.phase = Connection::Phase::working;
    connection.stirred = false;
    wait_for(connection, Wait::nothing);
    if (workers_.push(connection, now_)) {
        ++working_;
        return;
    }
    too_many_requests_.say(
        now_,
        fmt::format("requests are turned away: the limit of {} waiting ones is reached", limits_.queued));
    refuse(connection, 503, "too many requests at once");
}

void Front::give_back(Connection& connection, bool delivered) {
    const auto& turn = connection.turn();
    const bool idle =
        delivered && turn.stage == Turn::Stage::answered && turn.unsent().empty() && !turn.close;
    // Under the lock, as the connection is no longer ours once it can be taken from the list.
    const bool wake = returned_.with([&](auto& list) {
        list.push_back({&connection, delivered});
        return !idle || connection.stirred;
    });
    if (wake) poller_.wake();
}

void Front::take_back() {
    taken_back_.clear();
    returned_.with([&](auto& list) { list.swap(taken_back_); });
    for (const auto& [connection, delivered] : taken_back_) {
        --working_;
        if (connection->gone)
            drop(*connection);
        else if (connection->turn().stage == Turn::Stage::admitted)
            begin_body(*connection);
        else
            after_sending(*connection, delivered);
    }
}

void Front::begin_body(Connection& connection) {
    connection.phase = Connection::Phase::body;
    try {
        connection.begin_body();
    } catch (const Refusal& refusal) {
        return refuse(connection, refusal.status(), refusal.what());
    }
    wait_for(connection, Wait::body);
    watch(connection, true, false);
    // RFC 9110, 10.1.1: it may be left out when the body is on its way.
    const bool waits = connection.turn().block.expects_continue && connection.waiting() == 0;
    if (waits && !connection.send_continue()) return drop(connection);
    advance(connection);
    if (connection.ended && connection.phase == Connection::Phase::body) drop(connection);
}

void Front::refuse(Connection& connection, int status, std::string_view sentence) {
    auto& turn = connection.turn();
    if (turn.block.request.id.empty()) turn.block.request.id = next_id();
    if (turn.began == Clock::time_point{}) turn.began = now_;
    exchange_.refuse(turn, status, sentence);
    after_sending(connection, connection.transmit());
}

void Front::after_sending(Connection& connection, bool delivered) {
    if (!delivered) return drop(connection);
    if (connection.turn().unsent().empty()) return finish(connection);
    connection.phase = Connection::Phase::writing;
    watch(connection, false, true);
    wait_for(connection, Wait::writing);
}

void Front::finish(Connection& connection) {
    const auto& turn = connection.turn();
    if (turn.close || connection.ended || closing_) {
        if (!turn.unread || connection.ended) return drop(connection);
        // A close with unread input would reset the connection and might take the answer from the peer.
        connection.end_sending();
        connection.forget_input();
        connection.phase = Connection::Phase::lingering;
        watch(connection, true, false);
        return wait_for(connection, Wait::rest);
    }
    connection.begin_turn();
    connection.phase = Connection::Phase::headers;
    watch(connection, true, false);
    wait_for(connection, Wait::request);
    if (connection.waiting() > 0) advance(connection);
}

void Front::expire() {
    while (auto* connection = deadlines_.overdue(now_)) {
        switch (connection->deadline->wait) {
        case Wait::header: refuse(*connection, 408, "the headers did not come in time"); break;
        case Wait::body: refuse(*connection, 408, "the body did not come in time"); break;
        case Wait::writing: connection->forget_output(); [[fallthrough]];
        default: drop(*connection);
        }
    }
}

// Closes what has no request, and after the grace all that the application does not have.
void Front::wind_down() {
    acceptor_.close();
    for (const auto& connection : connections_) {
        if (!connection || connection->phase == Connection::Phase::working) continue;
        const bool idle = connection->phase == Connection::Phase::headers && connection->waiting() == 0;
        if (idle || forced_) drop(*connection);
    }
}

void Front::watch(Connection& connection, bool read, bool write) {
    if (connection.reads == read && connection.writes == write) return;
    connection.reads = read;
    connection.writes = write;
    poller_.change(connection.descriptor(), read, write);
}

void Front::wait_for(Connection& connection, Wait wait) { deadlines_.set(connection.deadline, wait, now_); }

void Front::drop(Connection& connection) {
    deadlines_.remove(connection.deadline);
    auto& place = connections_[static_cast<std::size_t>(connection.descriptor())];
    closed_.push_back(std::move(place));
    --live_;
}

std::string Front::next_id() { return fmt::format("{}-{:x}", id_prefix_, ++ids_); }

} // namespace http
