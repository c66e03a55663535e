#pragma once
// `occi-agent passwd` and `occi-agent token`: they change the file that the configuration names, or --file.
//
// Threads: one. Failures: UsageError, Error.

#include "agent/cli/arguments.hh"
#include "agent/config/config.hh"

#include <filesystem>

namespace cli {

// `file`: the configuration; where it names none, the file of accounts is beside it.
void passwd(const Arguments&, const Config&, const std::filesystem::path& file);
void token(const Arguments&, const Config&, const std::filesystem::path& file);

} // namespace cli
