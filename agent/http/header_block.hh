#pragma once
// Reads the header block of a request, strictly: what two programs could read in two ways is refused, not repaired,
// since a proxy in front of us may have repaired it otherwise (request smuggling). RFC 9112 is the rule; where it
// leaves a choice, we take the narrow one.
//
// Threads: any; pure functions. Failures: Refusal, with 400, 413, 414, 431, 417, 501 or 505.

#include "agent/http/limits.hh"
#include "agent/http/types.hh"

#include <cstdint>
#include <string_view>

namespace http {

// How the body is marked off.
struct Framing {
    bool chunked = false;
    std::uint64_t length = 0; // when not chunked
    bool has_body() const noexcept { return chunked || length > 0; }
};

struct HeaderBlock {
    Request request; // all but peer and body; id: only one that the client gave it
    Framing framing;
    bool is_1_0 = false;
    bool keep_alive = true;        // as the client wishes
    bool expects_continue = false; // it waits for "100 Continue" before it sends the body
};

// How many bytes at the front of `buffer` are a whole block, its empty line included; 0 when more must come. `looked`
// is where the last call left off: 0 for a new block. Refuses at once what can no longer become a request.
std::size_t find_block(std::string_view buffer, std::size_t& looked, const Limits&);

// Reads what find_block() found into `block`. When that is refused, as much is there as was read before.
void parse_block(std::string_view bytes, const Limits&, HeaderBlock& block);

} // namespace http
