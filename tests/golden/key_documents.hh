#pragma once
// What the documents say of the keys of the configuration, from their table: whoever adds a row has them written by it.
//
// Threads: any; pure functions.

#include <string>

namespace key_documents {

std::string configuration(); // of etc/occi-agent.conf: every key as a comment, with its default
std::string manual();        // of etc/man/occi-agent.conf.5, in mdoc(7)
std::string markdown();      // of etc/doc/configuration.md

} // namespace key_documents
