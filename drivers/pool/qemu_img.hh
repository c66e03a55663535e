#pragma once
// What only QEMU's own program can do to files of the pool. It is told the format of each file, and of all that is
// behind it, so it never guesses one from bytes that a guest wrote; and it runs in a cage (agent/base/process): it
// opens files of the pool only, has no network, and a bounded share of the machine.
//
// Threads: any; blocks until it has ended. Throws Error{unavailable} when it is not installed or fails, Error{conflict}
// when it is stopped.

#include "drivers/contract/volume.hh"

#include <filesystem>
#include <stop_token>
#include <vector>

namespace hv::pool {

// A chain of files, outermost first, as one argument of qemu-img that leaves nothing open.
std::string in_words_of_qemu(const std::vector<Layer>&);

// Makes the outermost of them larger. The caller has looked at what they lead to, here as below.
void grow_image(const std::filesystem::path& pool, const std::vector<Layer>&, std::uint64_t bytes);

// Makes a qcow2 image that stands alone of what a guest on the chain would see, in the file `into`, which exists.
void flatten_image(const std::filesystem::path& pool, const std::vector<Layer>&,
                   const std::filesystem::path& into, const std::stop_token&);

} // namespace hv::pool
