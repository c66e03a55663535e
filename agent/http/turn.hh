#pragma once
// One request on its way through the server, from its header block to the last byte of its answer. The connection fills
// in the request, a worker asks the application and leaves the answer here.
//
// Threads: one owner at a time; it goes from the connections' thread to a worker and back.

#include "agent/http/header_block.hh"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace http {

using Clock = std::chrono::steady_clock;

struct Turn {
    enum class Stage {
        opened,    // the headers are there
        undecided, // the application does not know yet who asks
        admitted,  // the application wants the body
        whole,     // the body is there, too
        waiting,   // for `later`, before the answer or between two pieces of it
        answered
    };

    HeaderBlock block;
    Stage stage = Stage::opened;
    std::unique_ptr<Admission> admission; // nullptr: not yet, or the application has failed
    bool tags_were_marked = false;        // see coding.hh
    bool close = false;                   // the connection ends with this answer
    bool unread = false;                  // the peer may still send what nobody reads
    std::string answer;                   // as it goes onto the wire; of one in pieces, the newest
    std::size_t sent = 0;
    int status = 0;
    std::size_t body_bytes = 0; // of the answer
    bool noted = false;         // in the log of requests
    Clock::time_point began{};
    Clock::time_point left{}; // when a worker had sent all of it
    bool in_pieces = false;   // the answer has begun, has no length and has not ended
    // In `waiting` only. The last member but one: it may look at the request and its admission until it is gone.
    std::shared_ptr<Later> later;
    std::optional<Hold> hold; // in `undecided` only

    // Whether it goes on when the bell of hold_now() rings or its patience is over.
    bool waits() const noexcept { return stage == Stage::undecided || stage == Stage::waiting; }
    Hold hold_now() const { return later ? Hold{later->bell, later->patience} : hold.value_or(Hold{}); }
    // Where the body goes instead of into the request; may be nullptr.
    BodySink* sink() const noexcept { return admission ? admission->sink() : nullptr; }
    std::string_view unsent() const noexcept { return std::string_view(answer).substr(sent); }
};

} // namespace http
