#pragma once
// A URL of http or https in its parts (RFC 3986), and as it may be shown.
//
// Threads: a value.

#include <optional>
#include <string>
#include <string_view>

namespace fetch {

struct Url {
    std::string scheme; // "http", "https"
    std::string host;   // lower case; an IPv6 literal without its brackets
    std::string port;   // always there
    std::string whole;  // normalized, without a fragment: what is asked

    // Throws Error{invalid} for what is no such URL, and for one with credentials in it, a zone, a host that is not
    // ASCII, or more than 8 KiB. `base`: what a relative reference (of a redirect) is relative to.
    static Url parse(std::string_view, const Url* base = nullptr);

    bool has_origin_of(const Url&) const noexcept; // RFC 6454, 5: scheme, host and port
    // For messages: without the query, where secrets may be.
    std::string shown() const;
};

} // namespace fetch
