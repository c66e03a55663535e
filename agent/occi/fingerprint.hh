#pragma once
// A short text that is the same for as long as a resource looks the same, whatever it is rendered as: what an ETag is
// made of.
//
// Threads: any; pure functions.

#include "agent/occi/model.hh"

#include <string>
#include <vector>

namespace occi {

std::string fingerprint(const Resource&);
std::string fingerprint(const Link&);
std::string fingerprint(const std::vector<std::string>& ids); // of a collection

} // namespace occi
