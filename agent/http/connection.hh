#pragma once
// One connection: its channel, what has come and is not yet read, and the request that is under way. It knows how to
// read and send; front.cc decides when.
//
// Threads: the connections' thread owns it. While the phase is `working`, turn() and transmit() belong to a worker, and
// the rest still to the connections' thread, but for receive() of a secure one: TLS is not read and written at the same
// time.

#include "agent/http/body.hh"
#include "agent/http/caller.hh"
#include "agent/http/channel.hh"
#include "agent/http/deadlines.hh"
#include "agent/http/limits.hh"
#include "agent/http/turn.hh"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace http {

class Connection {
public:
    enum class Phase {
        shaking,  // hands with TLS
        headers,  // waits for a request, or for the rest of its headers
        working,  // a worker has the turn
        parked,   // the application will go on later; no thread waits for it
        body,     // collects the body
        writing,  // the peer takes the answer slowly
        lingering // the answer is sent; what the peer still sends is thrown away
    };

    Connection(Descriptor socket, TlsSession, Caller);

    int descriptor() const noexcept { return channel_.descriptor(); }
    Channel& channel() noexcept { return channel_; }
    const std::string& peer() const noexcept { return caller_.peer; }
    const Caller& caller() const noexcept { return caller_; }
    // Made when it is asked for: a connection that waits for a request has no turn, since there may be thousands of
    // such.
    Turn& turn() {
        if (!turn_) turn_ = std::make_unique<Turn>();
        return *turn_;
    }
    bool has_turn() const noexcept { return turn_ != nullptr; }

    using Result = Channel::Result;

    // Reads once, by way of `scratch`, into the input.
    Result receive(std::span<char> scratch);
    std::size_t waiting() const noexcept { return input_.size(); } // bytes of input
    void forget_input() noexcept { input_.clear(); }

    // Sends as much of the answer as it can. `done` when that is all of it.
    Result transmit();
    // Tells the client to send its body. False when the peer is gone.
    bool send_continue();

    // True when the turn has the headers of a request. Throws Refusal.
    bool read_headers(const Limits&);
    // How many of its requests have come.
    std::size_t requests() const noexcept { return requests_; }
    // Begins the body of the turn, within its limit. Throws Refusal.
    void begin_body(const Limits&);
    // True when the turn has its whole body. Throws Refusal.
    bool read_body();
    // Whether the body goes into a sink. That takes time: a worker fills it, and nobody else reads meanwhile.
    bool fills_sink() const noexcept { return collector_ && turn_->sink(); }
    // By way of `scratch`, until the turn has its whole body, nothing more has come, or about `most` bytes were taken:
    // `done` when there may be more. Throws Refusal.
    Result fill_sink(std::span<char> scratch, std::size_t most);
    // How much of the body has come since the last call.
    std::size_t body_progress() noexcept;
    // Makes room for the next request.
    void begin_turn();
    // Gives the memory of sent bytes back, while the turn goes on.
    void forget_answer() noexcept;

    // The notes of the connections' thread about this connection.
    Phase phase;
    Deadlines::Place deadline{};
    bool reads = true, writes = false; // what the poller watches
    bool ended = false;                // the peer sends no more
    bool gone = false;                 // the peer is not there any more; to be closed when the worker is done
    bool has_place = false;            // among those that go on later
    bool is_surplus = false;           // above a limit: it is told so, and counts for nothing else
    bool is_outdated = false;          // its certificate was judged by others than those that count now
    bool is_in_crowd = false;          // counted among those of its source
    std::uint64_t parking = 0;         // which one it is, so that word for an earlier one is not taken for it

    // Set by the connections' thread when something came while a worker had the turn: the worker must wake it then.
    // Otherwise it is left asleep, which saves two system calls a request.
    std::atomic<bool> stirred = false;

private:
    void pass_over_empty_lines(); // throws Refusal
    bool take_body(std::string_view& input);

    Channel channel_;
    const Caller caller_;
    std::string input_;
    std::size_t looked_ = 0;      // so much of the input has no end of a header block
    std::size_t empty_lines_ = 0; // that were passed over before the request
    std::size_t requests_ = 0;
    std::unique_ptr<BodyCollector> collector_;
    std::size_t body_seen_ = 0; // at the last look at its progress
    std::unique_ptr<Turn> turn_;
};

} // namespace http
