#include "agent/http/front.hh"

#include "agent/base/answering.hh"
#include "agent/base/error.hh"
#include "agent/base/uuid.hh"
#include "agent/http/forwarded.hh"
#include "agent/http/refusal.hh"

#include <fmt/format.h>

#include <algorithm>
#include <pthread.h>
#include <system_error>
#include <utility>

namespace http {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t stream_scratch = 256 * 1024; // of each stream worker
constexpr std::size_t filled_at_once = 4 * 1024 * 1024;
constexpr milliseconds longest_sleep_at_work{100};   // a worker may give back without waking us
constexpr milliseconds longest_sleep_at_the_end{10}; // stop() waits for us

std::vector<Listener> served(std::vector<Listener> listeners, const Settings& settings) {
    for (const auto& listener : listeners)
        if (listener.endpoint.secure && !settings.tls)
            throw Error(Fault::invalid, listener.endpoint.text() + " needs a certificate and a key");
    return listeners;
}

// Nothing of a request has come.
bool is_idle(const Connection& connection) noexcept {
    return connection.phase == Connection::Phase::headers && connection.waiting() == 0;
}

// A part of its answer is out, and the next one is not there yet.
bool is_parked_stream(Connection& connection) {
    return connection.phase == Connection::Phase::parked && connection.has_turn() &&
           connection.turn().in_pieces;
}

} // namespace

Front::Front(Application& application, std::vector<Listener> listeners, const Settings& settings,
             const std::string& server_name)
    : application_(application), limits_(settings.limits), tls_(settings.tls), proxies_(settings.proxies),
      acceptor_(served(std::move(listeners), settings), poller_), deadlines_(limits_),
      exchange_(application, server_name, closing_), id_prefix_(new_uuid().substr(0, 8)),
      workers_(limits_.workers, limits_.queued,
               [this, &application, server_name] {
                   auto exchange = std::make_shared<Exchange>(application, server_name, closing_);
                   return [this, exchange](Connection& connection) { work(*exchange, connection); };
               }),
      stream_workers_(limits_.stream_workers, limits_.streams, [this, &application, server_name] {
          auto exchange = std::make_shared<Exchange>(application, server_name, closing_);
          auto scratch = std::make_shared<std::vector<char>>(stream_scratch);
          return [this, exchange, scratch](Connection& connection) {
              fill_sink(*exchange, connection, *scratch);
          };
      }) {
    access_log_.is_on = settings.access_log;
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

void Front::use(const Settings& settings) {
    inbox_.with([&](Inbox& inbox) { inbox.settings = settings; });
    poller_.wake();
}

bool Front::beats(milliseconds patience) {
    std::promise<void> promise;
    const auto beat = promise.get_future();
    inbox_.with([&](Inbox& inbox) { inbox.asked.push_back(std::move(promise)); });
    poller_.wake();
    return beat.wait_for(patience) == std::future_status::ready;
}

void Front::run() {
    pthread_setname_np(pthread_self(), "http-front");
    answering::mark_this_thread();
    for (;;) {
        const auto events = poller_.wait(patience());
        now_ = Clock::now();
        read_inbox();
        for (const auto& event : events) on_event(event);
        read_inbox(); // after `stirred` was set: what a worker gave back before it looked there is found here
        expire();
        acceptor_.resume(now_);
        waiting_ = workers_.relieve(now_);
        waiting_ = stream_workers_.relieve(now_) || waiting_;
        if (closing_) wind_down();
        closed_.clear();
        if (access_log_.due().value_or(Clock::time_point::max()) <= now_) access_log_.flush();
        if (closing_ && live_ == 0) break;
    }
    access_log_.flush();
    ended_.set_value();
}

std::optional<milliseconds> Front::patience() const {
    auto first = deadlines_.next();
    const auto consider = [&](Clock::time_point due) { first = first ? std::min(*first, due) : due; };
    if (const auto rest = acceptor_.rests_until()) consider(*rest);
    if (const auto due = access_log_.due()) consider(*due);
    if (waiting_) consider(now_ + Workers::most_patience);
    if (working_ > 0) consider(now_ + (closing_ ? longest_sleep_at_the_end : longest_sleep_at_work));
    if (!first) return std::nullopt;
    return std::max(std::chrono::ceil<milliseconds>(*first - Clock::now()), milliseconds(0));
}

void Front::on_event(const Poller::Event& event) {
    if (const auto* listener = acceptor_.find(event.descriptor)) return accept_some(*listener);
    const auto index = static_cast<std::size_t>(event.descriptor);
    if (index >= connections_.size() || !connections_[index]) return; // closed in this round
    auto& connection = *connections_[index];
    if (connection.phase == Connection::Phase::working) return on_event_while_working(connection, event);
    if (connection.phase == Connection::Phase::parked) return on_event_while_parked(connection, event);
    if (event.broken && !event.readable) return drop(connection);
    switch (connection.phase) {
    case Connection::Phase::shaking: return shake(connection);
    case Connection::Phase::writing: return after_sending(connection, connection.transmit());
    default: on_readable(connection);
    }
}

// Reads ahead a little, so that a worker is not interrupted by what comes next, nor the kernel asked again and again.
// TLS belongs to the worker now: there it can only be noted that something has come.
void Front::on_event_while_working(Connection& connection, const Poller::Event& event) {
    using enum Channel::Result;
    connection.stirred = true;
    if (connection.channel().is_secure() && !event.broken) return watch(connection, false, false);
    const auto received = event.broken ? broken : connection.receive(scratch_);
    if (received == broken) {
        connection.gone = true;
        poller_.remove(connection.descriptor());
    } else if (received == ended) {
        connection.ended = true;
        watch(connection, false, false);
    } else if (connection.waiting() >= read_ahead) {
        watch(connection, false, false);
    }
}

void Front::on_readable(Connection& connection) {
    using enum Channel::Result;
    if (connection.phase == Connection::Phase::body && connection.fills_sink())
        return give_to_stream_worker(connection);
    const bool lingers = connection.phase == Connection::Phase::lingering;
    const auto received = lingers ? connection.channel().discard(scratch_) : connection.receive(scratch_);
    if (received == ended || received == broken) return drop(connection);
    if (received != done) return watch_for(connection, received);
    watch(connection, true, false);
    if (!lingers) advance(connection);
}

// Reads on in what has come, as far as it goes.
void Front::advance(Connection& connection) {
    try {
        if (connection.phase == Connection::Phase::body) {
            if (connection.read_body()) hand_over(connection);
            return;
        }
        if (connection.read_headers(limits_)) {
            auto& turn = connection.turn();
            if (proxies_) settle_proxies(turn.block.request);
            if (turn.block.request.id.empty()) turn.block.request.id = next_id();
            turn.began = now_;
            // What the peer has sent behind its last request is thrown away.
            turn.close = turn.unread = connection.requests() >= limits_.requests_per_connection;
            // What is pipelined goes to workers in any case, so that nobody fills this thread's time with one packet.
            const bool here = connection.waiting() == 0 && !connection.ended &&
                              !turn.block.framing.has_body() && application_.is_quick(turn.block.request);
            return here ? serve_here(connection) : hand_over(connection);
        }
        // The time for the headers runs from their first byte and is not set anew by the next ones.
        if (connection.waiting() > 0 && connection.deadline->wait != Wait::header)
            wait_for(connection, Wait::header);
    } catch (const Refusal& refusal) {
        refuse(connection, refusal.status(), refusal.what(), refusal.limit());
    }
}

void Front::settle_proxies(Head& head) const {
    settle_client(head, *proxies_);
    if (!proxies_->public_url.empty())
        head.public_url = std::shared_ptr<const std::string>(proxies_, &proxies_->public_url);
}

void Front::hand_over(Connection& connection) {
    if (!give_to_worker(connection)) refuse(connection, 503, "too many requests at once", "queued");
}

void Front::serve_here(Connection& connection) {
    auto& turn = connection.turn();
    exchange_.serve(turn);
    if (turn.waits()) return give_place(connection);
    after_sending(connection, send(connection));
}

// False when no more may wait for a worker.
bool Front::give_to_worker(Connection& connection) {
    // What has come already is to be looked at as soon as the answer is out.
    connection.stirred = connection.waiting() > 0 || connection.ended;
    if (!workers_.push(connection, now_)) return false;
    connection.phase = Connection::Phase::working;
    wait_for(connection, Wait::nothing);
    ++working_;
    return true;
}

void Front::work(Exchange& exchange, Connection& connection) {
    auto& turn = connection.turn();
    const bool went_on = turn.waits();
    exchange.serve(turn);
    // What will need a place is not begun before it has one.
    const bool needs_place = !went_on && turn.waits();
    give_back(connection, needs_place ? Channel::Result::done : send(connection));
}

// When it has left is noted here, as the connections' thread may look at it a good while later.
Channel::Result Front::send(Connection& connection) {
    auto& turn = connection.turn();
    const auto sent = connection.transmit();
    if (turn.stage == Turn::Stage::answered && sent == Channel::Result::done) turn.left = Clock::now();
    return sent;
}

// Takes what has come of the body, and the request when that is all of it.
void Front::fill_sink(Exchange& exchange, Connection& connection, std::span<char> scratch) {
    try {
        const auto received = connection.fill_sink(scratch, filled_at_once);
        if (connection.turn().stage == Turn::Stage::whole) return work(exchange, connection);
        give_back(connection, received);
    } catch (const Refusal& refusal) {
        exchange.refuse(connection.turn(), refusal.status(), refusal.what());
        give_back(connection, connection.transmit());
    }
}

void Front::give_back(Connection& connection, Channel::Result result) {
    const auto& turn = connection.turn();
    const bool idle = result == Channel::Result::done && turn.stage == Turn::Stage::answered && !turn.close;
    // Under the lock, as the connection is no longer ours once it can be taken from the list.
    const bool wake = inbox_.with([&](Inbox& inbox) {
        inbox.returned.push_back({&connection, result});
        return !idle || connection.stirred;
    });
    if (wake) poller_.wake();
}

void Front::read_inbox() {
    read_.returned.clear();
    read_.rings.clear();
    inbox_.with([&](Inbox& inbox) { std::swap(inbox, read_); });
    for (const auto& [connection, result] : read_.returned) take_back(*connection, result);
    for (const auto& ring : read_.rings) on_ring(ring);
    if (const auto settings = std::exchange(read_.settings, std::nullopt)) take(*settings);
    for (auto& asked : read_.asked) asked.set_value();
    read_.asked.clear();
}

void Front::take(const Settings& settings) {
    limits_ = settings.limits;
    const auto before = tls_;
    if (settings.tls) tls_ = settings.tls;
    if (before && !tls_->judges_as(*before)) let_go_of_judged();
    proxies_ = settings.proxies;
    access_log_.is_on = settings.access_log;
    deadlines_.use(limits_);
}

// A certificate that was good may be revoked by now.
void Front::let_go_of_judged() {
    for (const auto& connection : connections_) {
        if (!connection) continue;
        const bool shakes = connection->phase == Connection::Phase::shaking;
        if (!shakes && !connection->channel().certificate()) continue;
        connection->is_outdated = true;
        if (shakes || is_idle(*connection) || is_parked_stream(*connection)) drop(*connection);
    }
}

void Front::take_back(Connection& connection, Channel::Result result) {
    --working_;
    if (connection.gone) return drop(connection);
    const auto& turn = connection.turn();
    if (turn.stage == Turn::Stage::admitted && connection.fills_sink()) return await_body(connection, result);
    if (turn.stage == Turn::Stage::admitted) return begin_body(connection);
    if (turn.waits() && !connection.has_place) return give_place(connection);
    after_sending(connection, result);
}

void Front::begin_body(Connection& connection) {
    free_place(connection); // of one that was undecided: its body may take long
    connection.phase = Connection::Phase::body;
    try {
        connection.begin_body(limits_);
    } catch (const Refusal& refusal) {
        return refuse(connection, refusal.status(), refusal.what(), refusal.limit());
    }
    wait_for(connection, Wait::body);
    watch(connection, true, false);
    // RFC 9110, 10.1.1: it may be left out when the body is on its way.
    const bool waits = connection.turn().block.expects_continue && connection.waiting() == 0;
    if (waits && !connection.send_continue()) return drop(connection);
    if (connection.fills_sink()) {
        if (connection.waiting() > 0 || connection.ended) give_to_stream_worker(connection);
        return;
    }
    advance(connection);
    if (connection.ended && connection.phase == Connection::Phase::body) drop(connection);
}

// The rest of a body that goes into a sink.
void Front::await_body(Connection& connection, Channel::Result received) {
    using enum Channel::Result;
    connection.phase = Connection::Phase::body;
    if (received == ended || received == broken) return drop(connection);
    if (received == done) return give_to_stream_worker(connection);
    watch_for(connection, received);
}

// Nobody else reads meanwhile, and the time for the body goes on.
void Front::give_to_stream_worker(Connection& connection) {
    connection.stirred = true; // nothing else would wake us when it is given back
    if (!stream_workers_.push(connection, now_))
        return refuse(connection, 503, "too many uploads at once", "streams");
    watch(connection, false, false);
    connection.phase = Connection::Phase::working;
    ++working_;
}

void Front::refuse(Connection& connection, int status, std::string_view sentence, std::string_view limit) {
    if (!limit.empty()) limit_log_.say(now_, limit, connection.peer(), sentence);
    // Nobody would understand us before that is done.
    if (connection.phase == Connection::Phase::shaking) return drop(connection);
    silence(connection);
    connection.phase = Connection::Phase::writing;
    auto& turn = connection.turn();
    if (turn.block.request.id.empty()) turn.block.request.id = next_id();
    turn.block.request.peer = connection.peer();
    if (turn.began == Clock::time_point{}) turn.began = now_;
    exchange_.refuse(turn, status, sentence);
    after_sending(connection, connection.transmit());
}

void Front::after_sending(Connection& connection, Channel::Result sent) {
    using enum Channel::Result;
    if (sent == done) return finish(connection);
    if (sent == ended || sent == broken) return drop(connection);
    connection.phase = Connection::Phase::writing;
    watch_for(connection, sent);
    wait_for(connection, Wait::writing);
}

void Front::finish(Connection& connection) {
    auto& turn = connection.turn();
    if (turn.waits()) return park(connection);
    free_place(connection);
    const bool was_last = connection.ended && connection.waiting() == 0;
    access_log_.note(turn, turn.left == Clock::time_point{} ? now_ : turn.left);
    if (turn.close || was_last || closing_ || connection.is_outdated) {
        if (!turn.unread || connection.ended) return drop(connection);
        // A close with unread input would reset the connection and might take the answer from the peer.
        connection.channel().end_sending();
        connection.forget_input();
        connection.phase = Connection::Phase::lingering;
        watch(connection, true, false);
        return wait_for(connection, Wait::rest);
    }
    connection.begin_turn();
    connection.phase = Connection::Phase::headers;
    watch(connection, !connection.ended, false);
    wait_for(connection, Wait::request);
    if (connection.waiting() > 0) advance(connection);
    // The rest of what it began to ask will not come.
    if (connection.ended && connection.phase == Connection::Phase::headers) drop(connection);
}

void Front::expire() {
    while (auto* connection = deadlines_.overdue(now_)) {
        switch (connection->deadline->wait) {
        case Wait::header: refuse(*connection, 408, "the headers did not come in time", "header_time"); break;
        case Wait::body: judge_body_rate(*connection); break;
        case Wait::parked: go_on(*connection); break;
        case Wait::writing:
            limit_log_.say(now_, "write_time", connection->peer(), "it does not take its answer");
            connection->channel().forget_output();
            [[fallthrough]];
        default: drop(*connection);
        }
    }
}

// At the end of each body_time: a body may come slowly, not as slowly as the peer likes.
void Front::judge_body_rate(Connection& connection) {
    // With a worker it comes, or its sink is slow.
    if (connection.phase == Connection::Phase::working) return wait_for(connection, Wait::body);
    const auto least = limits_.body_rate * static_cast<std::size_t>(limits_.body_time.count()) / 1000;
    if (connection.body_progress() >= std::max<std::size_t>(least, 1))
        return wait_for(connection, Wait::body);
    refuse(connection, 408, "the body did not come in time", "body_rate");
}

// Closes what has no request or is in the midst of pieces, and after the grace all that the application does not have.
void Front::wind_down() {
    acceptor_.close();
    for (const auto& connection : connections_) {
        if (!connection || connection->phase == Connection::Phase::working) continue;
        const bool idle = connection->phase == Connection::Phase::shaking || is_idle(*connection);
        if (idle || forced_ || is_parked_stream(*connection))
            drop(*connection);
        else if (connection->phase == Connection::Phase::parked)
            refuse(*connection, 503, the_end);
    }
}

void Front::watch(Connection& connection, bool read, bool write) {
    if (connection.reads == read && connection.writes == write) return;
    connection.reads = read;
    connection.writes = write;
    poller_.change(connection.descriptor(), read, write);
}

// Until what had that result can be tried again.
void Front::watch_for(Connection& connection, Channel::Result result) {
    watch(connection, result == Channel::Result::when_readable, result == Channel::Result::when_writable);
}

void Front::wait_for(Connection& connection, Wait wait) { deadlines_.set(connection.deadline, wait, now_); }

void Front::drop(Connection& connection) {
    silence(connection);
    free_place(connection);
    if (connection.has_turn() && !connection.turn().block.request.id.empty())
        access_log_.note(connection.turn(), now_);
    deadlines_.remove(connection.deadline);
    if (connection.is_surplus) --surplus_;
    if (connection.is_in_crowd) crowd_.leave(connection.caller().source);
    auto& place = connections_[static_cast<std::size_t>(connection.descriptor())];
    closed_.push_back(std::move(place));
    --live_;
}

std::string Front::next_id() { return fmt::format("{}-{:x}", id_prefix_, ++ids_); }

} // namespace http
