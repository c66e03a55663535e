#pragma once
// Runs a helper program (mkfs, mkswap) without a shell: an argument vector, an empty environment but PATH and LC_ALL=C,
// no inherited descriptors, stdin from /dev/null, output captured up to 4 KiB, a deadline, and killed with its group
// when a stop is asked for.
//
// Threads: any; blocks the caller until the child has ended.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace process {

struct Result {
    int status = 0;     // exit code; 128 + N when ended by signal N
    std::string output; // stdout and stderr, at most 4 KiB
    bool timed_out = false;
    bool stopped = false;
};

// Looks `program` up in /usr/sbin:/usr/bin:/sbin:/bin; nullopt when it is not installed.
std::optional<std::filesystem::path> find(const std::string& program);

// The cage of a child that reads what others have written. It gains no powers by what it executes, writes no core,
// and has no network, as far as the kernel takes that (Landlock, namespaces): where one of the two is missing, the
// rest still holds.
struct Cage {
    // All that it writes is below it; it reads there and what the system is made of (/usr, /etc, /proc, ...).
    std::filesystem::path folder;
    std::uint64_t most_memory = 0; // bytes of address space
};

// Throws Error{unavailable} when the child cannot be started.
Result run(const std::filesystem::path& program, const std::vector<std::string>& arguments,
           std::chrono::milliseconds deadline, std::stop_token = {});
Result run(const std::filesystem::path& program, const std::vector<std::string>& arguments,
           std::chrono::milliseconds deadline, std::stop_token, const Cage&);

} // namespace process
