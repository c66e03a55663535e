#pragma once
// Plays the script of a raw case to a server.
//
// Threads: one.

#include "tests/wire/script.hh"
#include "tests/wire/stream.hh"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace wire {

// What went otherwise than the script says, with the number of its line; nothing when all went well.
std::optional<std::string> play(const Script&, const std::function<std::unique_ptr<Stream>()>& connect);

} // namespace wire
