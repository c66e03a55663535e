#pragma once
// One connection of a raw case: sends bytes as they are and takes the answers apart, to the letter. What a client could
// read in two ways is a Complaint, whatever the case expects.
//
// Threads: one owner. Every wait ends when nothing has moved for `patience`.

#include "tests/wire/stream.hh"

#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wire {

// What is wrong with what came.
struct Complaint : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct RawAnswer {
    std::string first_line;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    std::vector<std::string> all(std::string_view name) const; // values of that header
};

class Conversation {
public:
    static constexpr std::chrono::seconds patience{20};

    explicit Conversation(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

    // `count` times. What the other side does not take because it has closed is left: what it said before tells why.
    void send(const std::string& bytes, std::size_t count = 1);
    void end_sending() { stream_->end_sending(); }

    // `headers_only`: its body, if any, is not read, whatever its headers say.
    const RawAnswer& next_answer(bool headers_only);
    const RawAnswer& last_answer() const;

    // Waits for the end of the stream; what has come before it.
    std::string rest();

private:
    void send_all(std::string_view bytes);
    bool read_more(); // false at the end
    bool wait(short events) const;
    std::string take_line();
    std::string take(std::size_t count);
    void read_headers();
    void read_body();
    void read_chunks();

    std::unique_ptr<Stream> stream_;
    Stream::State incoming_ = Stream::State::good;
    bool deaf_ = false; // the other side takes nothing more
    std::string buffer_;
    RawAnswer answer_;
    bool answered_ = false;
};

} // namespace wire
