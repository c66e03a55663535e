#pragma once
// An answer on its way in: its head, line by line, and its body, both counted as they come. Knows nothing of libcurl.
//
// Threads: one owner.

#include "agent/fetch/door.hh"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fetch {

class Incoming {
public:
    Incoming(const Question& question, const Bounds& bounds, std::string shown, Head& head, const Sink& sink)
        : question_(question), bounds_(bounds), shown_(std::move(shown)), head_(head), sink_(sink) {}

    // A line of a header block, its end included; trailers come here too. Throws Error when the answer is not to be
    // had, and what the sink throws.
    void line(std::string_view);
    void body(std::string_view);

    bool has_begun() const noexcept { return is_head_whole_; }
    // To be followed: nothing of the body is wanted.
    const std::optional<std::string>& location() const noexcept { return location_; }

private:
    void end_head();
    void look_at_range();

    const Question& question_;
    const Bounds& bounds_;
    const std::string shown_;
    Head& head_;
    const Sink& sink_;
    std::uint64_t header_bytes_ = 0, body_bytes_ = 0;
    bool is_head_whole_ = false;
    std::optional<std::string> location_{};
};

} // namespace fetch
