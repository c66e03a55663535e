// Of the connections' thread: requests that are decided later, or whose answer comes later or in pieces. They hold a
// place and no thread, until their bell rings, their patience is over, or their peer leaves.
#include "agent/http/bell.hh"
#include "agent/http/front.hh"

#include <algorithm>
#include <exception>
#include <utility>

namespace http {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours longest_parking{24 * 365}; // more would not fit into a time

} // namespace

// Nobody sends the answer yet and would find out that the peer is gone.
void Front::on_event_while_parked(Connection& connection, const Poller::Event& event) {
    using enum Channel::Result;
    const auto received = event.broken ? broken : connection.receive(scratch_);
    if (received == broken || received == ended) return drop(connection);
    if (received == done)
        watch(connection, connection.waiting() < read_ahead, false);
    else
        watch_for(connection, received);
}

// For what comes later, or in pieces once for all of them, so that none is turned away half-way.
void Front::give_place(Connection& connection) {
    if (closing_) return refuse(connection, 503, the_end);
    if (places_ >= limits_.streams)
        return refuse(connection, 503, "too many requests wait for something", "streams");
    connection.has_place = true;
    ++places_;
    after_sending(connection, connection.transmit());
}

void Front::free_place(Connection& connection) {
    if (std::exchange(connection.has_place, false)) --places_;
}

void Front::park(Connection& connection) {
    if (connection.ended) return drop(connection);
    connection.phase = Connection::Phase::parked;
    connection.parking = ++parkings_;
    connection.forget_answer();
    watch(connection, connection.waiting() < read_ahead, false);
    const auto hold = connection.turn().hold_now();
    const auto patience = std::clamp<milliseconds>(hold.patience, milliseconds(0), longest_parking);
    deadlines_.set_parked(connection.deadline, now_ + patience);
    const Ring ring{connection.descriptor(), connection.parking};
    if (hold.bell) hold.bell->listen([this, ring] { hear(ring); });
}

// Only while it is parked does somebody listen; the rest of the time the bell remembers.
void Front::silence(Connection& connection) noexcept {
    if (connection.phase != Connection::Phase::parked) return;
    const auto bell = connection.turn().hold_now().bell;
    if (bell) bell->silence();
}

void Front::hear(const Ring& ring) noexcept {
    try {
        const bool first = inbox_.with([&](Inbox& inbox) {
            inbox.rings.push_back(ring);
            return inbox.rings.size() == 1;
        });
        if (first) poller_.wake();
    } catch (const std::exception&) { // No memory to tell it: the patience of the answer is what is left.
    }
}

void Front::on_ring(const Ring& ring) {
    const auto& connection = connections_[static_cast<std::size_t>(ring.descriptor)];
    const bool is_it =
        connection && connection->phase == Connection::Phase::parked && connection->parking == ring.parking;
    if (is_it) go_on(*connection);
}

void Front::go_on(Connection& connection) {
    silence(connection);
    if (give_to_worker(connection)) return;
    // It was taken on before those that crowd the queue now, and stays; room for one may come soon.
    deadlines_.set_parked(connection.deadline, now_ + Workers::most_patience);
}

} // namespace http
