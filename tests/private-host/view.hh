#pragma once
// What the processes of a private host see: its own /etc/libvirt, /run, /var/lib/libvirt, /var/cache/libvirt,
// /var/log/libvirt, /proc, /sys and /dev, all of the rest as it is outside.
//
// Threads: one.

#include "tests/private-host/cgroups.hh"

#include <filesystem>
#include <vector>

namespace private_host {

// Fills the folder `root` (which exists, and is empty) with what a fresh libvirt host has. Outside of the namespaces.
// Throws Error{unavailable} when libvirt is not installed.
void lay_out(const std::filesystem::path& root);

// Replaces the mounts of this process by that view. In a mount namespace of our own, as process 1 of a pid namespace.
void enter_view(const std::filesystem::path& root, const std::vector<std::filesystem::path>& shared, bool kvm,
                const Cgroups&);

} // namespace private_host
