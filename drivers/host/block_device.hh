#pragma once
// What a block device of this host is made of.
//
// Threads: any. Reads what the kernel tells in /sys.

#include <filesystem>
#include <sys/types.h>
#include <vector>

namespace hv::host {

// The files that loop devices make it of, also beneath partitions and mappings; none for a real disk.
std::vector<std::filesystem::path> files_of_device(dev_t, const std::filesystem::path& sys = "/sys");

} // namespace hv::host
