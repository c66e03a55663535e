#pragma once
// What is different between two configurations, by the table of keys.
//
// Threads: any; a pure function.

#include "agent/config/keys.hh"

#include <string>
#include <vector>

namespace settings {

struct Change {
    std::string what; // "[http] connections", or "[instance_type NAME]": some of them, or which there are
    Applies applies;
};
// In the order of the table. What only follows another key (the folders that follow `state`) is not named apart.
std::vector<Change> changes_between(const Config& before, const Config& after);

} // namespace settings
