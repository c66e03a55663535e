#pragma once
// What one server lets its peers take: sizes, counts and times. Everything that reads from the wire is bounded by one
// of these. They bear the names of their configuration keys in section [http] (linger_time has none), so that a log
// line that names one says what to change.
//
// Threads: values.

#include <chrono>
#include <cstddef>

namespace http {

struct Limits {
    std::size_t connections = 16'384;
    std::size_t connections_per_address = 256;     // loopback and unix sockets do not count
    std::size_t requests_per_connection = 100'000; // the last answer says that it closes
    std::size_t header_bytes = 16 * 1024;
    std::size_t header_count = 100;
    std::size_t target_bytes = 8 * 1024;
    std::size_t body_bytes = 1024 * 1024; // of a body that is kept in memory, whatever its route allows
    std::size_t body_rate = 1024;         // bytes of the body a second, on the average of each body_time
    std::chrono::milliseconds header_time{
        10'000}; // from the first byte of a request to the end of its headers
    std::chrono::milliseconds body_time{10'000};
    std::chrono::milliseconds idle_time{60'000};  // between requests
    std::chrono::milliseconds write_time{30'000}; // without a byte taken by the reader
    std::chrono::milliseconds linger_time{
        2'000}; // for the rest of a request that was refused, which nobody reads
    unsigned workers = 8;
    unsigned stream_workers = 4; // for uploads
    std::size_t queued = 1024;   // requests that wait for a worker
    std::size_t streams =
        1024; // requests that wait to be decided, or whose answer comes later or in pieces; uploads that wait
    bool operator==(const Limits&) const = default;
};

} // namespace http
