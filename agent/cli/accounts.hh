#pragma once
// `occi-agent passwd` and `occi-agent token`: they change the file that the configuration names, or --file.
//
// Threads: one. Failures: UsageError, Error.

#include "agent/cli/arguments.hh"
#include "agent/config/config.hh"

#include <filesystem>

namespace cli {

// What stands in the configuration, or where such a file is looked for when nothing does.
std::filesystem::path passwords_of(const Config&);
std::filesystem::path tokens_of(const Config&);

void passwd(const Arguments&, const Config&);
void token(const Arguments&, const Config&);

} // namespace cli
