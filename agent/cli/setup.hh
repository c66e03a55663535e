#pragma once
// `occi-agent setup`: makes this node one that other machines can drive. Writes a drop-in of the configuration, and a
// key with its certificate unless one is configured. Nothing that is there is overwritten; what fails leaves nothing
// behind.
//
// Threads: one. Failures: UsageError, Error.

#include "agent/cli/arguments.hh"
#include "agent/config/config.hh"

#include <filesystem>
#include <string>
#include <vector>

namespace cli {

// `file`: the configuration, beside which the drop-in goes.
void setup(const Arguments&, const Config&, const std::filesystem::path& file);

// The names and addresses by which this host can be reached, loopback last.
std::vector<std::string> names_of_node();

} // namespace cli
