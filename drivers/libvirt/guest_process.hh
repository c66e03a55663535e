#pragma once
// The process of a guest, as the kernel sees it, found by libvirt's own pid files: the one witness that needs no
// libvirt.
//
// Threads: any; reads two small files that are in memory.

#include <filesystem>
#include <optional>
#include <string>

namespace hv::libvirt {

// The letter of /proc/PID/stat of the domain with that name; nullopt: there is no witness. `pid_folder`: where libvirt
// writes NAME.pid of each domain; empty: not on this host.
std::optional<char> process_of(const std::filesystem::path& pid_folder, const std::string& domain);

// It was stopped by a signal or a debugger: whatever it is asked waits until it is let go.
constexpr bool is_stopped(char state) noexcept { return state == 'T' || state == 't'; }

} // namespace hv::libvirt
