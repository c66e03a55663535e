#pragma once
// What stands in the way of a start and can be found before it: folders, sockets, programs, and what libvirt says. For
// --check-config; changes nothing.
//
// Threads: any. Waits for a libvirt that does not answer, a few seconds.

#include "agent/config/config.hh"

#include <string>
#include <vector>

struct Findings {
    std::vector<std::string> faults; // "FILE:LINE: sentence; what can be done": with these it would not work
    std::vector<std::string> notes;  // it would start, and something would not work yet
};

Findings check_surroundings(const Config&);
