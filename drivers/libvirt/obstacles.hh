#pragma once
// What libvirt itself has against the options, for a check of the configuration before a start.
//
// Threads: any.

#include "drivers/libvirt/options.hh"

#include <chrono>
#include <string>
#include <vector>

namespace hv::libvirt {

struct Obstacle {
    enum class About { connection, pool, machine_type } about;
    std::string sentence; // with what can be done
};
// Changes nothing; waits at most `patience`.
std::vector<Obstacle> obstacles(const Options&, std::chrono::milliseconds patience);

} // namespace hv::libvirt
