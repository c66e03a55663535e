#pragma once
// What may be fetched, from whom, and what a peer is held to: one policy for every way outward. As it stands here it
// admits https to public addresses, and nothing else.
//
// Threads: a value.

#include "agent/base/ip.hh"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fetch {

// Each bounds one hop; `whole` bounds all of them together.
struct Times {
    std::chrono::milliseconds connecting{10'000}; // looking the name up, TCP, TLS
    std::chrono::milliseconds first_byte{15'000}; // from then to the first byte of the answer
    std::chrono::milliseconds stall{15'000};      // in each such while `Bounds::bytes_in_stall` must come
    std::chrono::milliseconds whole{60'000};      // zero: no bound, for what may be as large as an image
};

struct Bounds {
    std::uint64_t header_bytes =
        64 * 1024; // of one answer, with those of "100 Continue" and the like before it
    std::uint64_t body_bytes = 1024 * 1024; // as they come, and as Content-Length says
    std::uint64_t bytes_in_stall = 256;
    unsigned redirects = 5;
};

struct Policy {
    bool allows_http = false; // https always is
    // "idp.example.org", or ".example.org" for all below it, in lower case. Empty: any.
    std::vector<std::string> hosts{};
    // What may be asked though it is not public.
    std::vector<IpBlock> networks{};

    std::filesystem::path ca_file{}; // authorities of TLS in place of the system's, PEM
    // "http://proxy:3128"; empty: none, whatever the environment says. Behind a proxy it is the proxy that looks names
    // up, so that here only `hosts` and literal addresses can be checked.
    std::string proxy{};

    Times times{};
    Bounds bounds{};

    // How names are looked up; empty: by the system. Throws Error{unavailable}. For tests.
    std::function<std::vector<Ip>(const std::string& host)> resolver{};

    bool admits_scheme(std::string_view) const noexcept;
    bool admits_host(std::string_view) const noexcept;
    bool admits(const Ip&) const noexcept;
};

} // namespace fetch
