#pragma once
// Collects the body of a request as it comes, by length or by chunks, up to a limit, in memory or into a sink. Chunk
// extensions and trailers are checked, bounded and dropped: nothing here needs them.
//
// Threads: one owner at a time. Failures: Refusal 400 and 413; the collector is of no use after one.

#include "agent/http/header_block.hh"

#include <cstdint>
#include <string>
#include <string_view>

namespace http {

class BodyCollector {
public:
    // Refuses at once an announced length above `limit`. `limit_name`: the name of the limit in the refusal, if it
    // has one. `sink`: where the body goes instead of into memory; may be nullptr.
    BodyCollector(const Framing&, std::size_t limit, std::string_view limit_name = {},
                  BodySink* sink = nullptr);

    // Takes what belongs to the body off the front of `input`. True when the body is whole, or the sink wants no more
    // of it; what is left is the next request.
    bool take(std::string_view& input);
    // Whether the sink wanted no more.
    bool is_cut() const noexcept { return step_ == Step::cut; }

    std::uint64_t size() const noexcept { return taken_; } // of the body so far
    std::string release() noexcept { return std::move(body_); }

private:
    enum class Step { data, data_end, size, trailers, done, cut };

    [[noreturn]] void refuse_size() const;
    void take_data(std::string_view& input);
    bool take_line(std::string_view& input);
    void read_line(std::string_view line);
    void read_size(std::string_view line);
    void read_trailer(std::string_view line);

    bool chunked_;
    std::size_t limit_;
    std::string_view limit_name_;
    BodySink* sink_;
    std::uint64_t taken_ = 0;
    std::uint64_t left_ = 0; // of the body or of this chunk
    std::size_t trailer_bytes_ = 0;
    Step step_;
    std::string line_;
    std::string body_;
};

} // namespace http
