#pragma once
// The folder of what guests say on their first serial port. libvirt's log daemon writes there as root; what guests
// say is nobody else's business.
//
// Threads: any. Failures: Error{unavailable}, with the folder and the system's reason.

#include <filesystem>

namespace hv::libvirt {

// Asked for before each start: somebody may have removed it, and no machine with a console starts without it.
void make_console_folder(const std::filesystem::path&);

} // namespace hv::libvirt
