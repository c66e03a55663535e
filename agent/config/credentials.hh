#pragma once
// What systemd hands over (LoadCredential=, systemd.exec(5)): files in $CREDENTIALS_DIRECTORY stand for keys that are
// not set, so that the service need not be able to read where they come from.
//
// Threads: any; reads the environment and looks which files there are.

#include "agent/config/config.hh"

namespace settings {

// certificate and key (both, or neither), passwords, tokens.
void take_credentials(Config&, const std::filesystem::path& folder);

// The folder that systemd names; empty: it names none.
std::filesystem::path folder_of_credentials();

} // namespace settings
