#pragma once
// Which files of the pool the files of other people are, or are made on top of.
//
// Threads: any. Blocks on the disks of all files that are asked for.

#include "agent/base/uuid.hh"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hv::pool {

// Before the name of a file that is raw, as far as libvirt has been told: whatever a guest has written into it, it
// names nothing.
inline constexpr std::string_view raw_prefix = "raw:";
// Before words that may name files in some way: an option of QEMU, say.
inline constexpr std::string_view text_prefix = "text:";

// As Storage::behind: by the name in the pool, by device and inode, through loop devices, and through what the
// headers of images name behind them. What names something in a way that is not understood here has whatever of the
// pool it mentions. A file of the pool that is no volume is given by its path. Headers are read here and nowhere
// else: they decide nothing but who is in the way. Throws Error{unavailable} when there is no end of files behind
// one.
std::map<std::string, std::vector<Uuid>> files_behind(const std::filesystem::path& pool,
                                                      const std::vector<std::string>& files);

} // namespace hv::pool
