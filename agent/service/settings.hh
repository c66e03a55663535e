#pragma once
// What the operator settles of the services.
//
// Threads: values.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace service {

struct Settings {
    std::vector<std::filesystem::path> import_from;        // directories below which an image's URL may point
    std::uint64_t largest_bytes = std::uint64_t{64} << 40; // that a disk may have
    std::string default_network = "auto";                  // auto, none, or the hypervisor's name of one
    std::chrono::milliseconds stop_time{60'000};           // a graceful stop becomes a forced one after this
    std::chrono::milliseconds press_again{10'000};         // between two presses of the power button
    std::chrono::milliseconds unplug_time{10'000};         // a running guest has so long to let go of a disk
    std::chrono::milliseconds effect_time{10'000};         // so long after the call its effect may be seen
    std::chrono::milliseconds retry_pause{1'000};          // before a step is tried again
    std::chrono::milliseconds restore_pause{30'000};       // before what others take away is made once more
    std::chrono::milliseconds proof_time{300'000}; // a stream goes on for him who had to prove himself
    bool operator==(const Settings&) const = default;
};

} // namespace service
