#pragma once
// How libvirt is to be used.
//
// Threads: values.

#include <filesystem>
#include <string>

namespace hv::libvirt {

struct Options {
    std::string uri = "qemu:///system";
    std::string machine_type = "auto";  // auto, kvm, qemu
    std::string arch = "host";          // host, x86_64, i686, aarch64
    std::filesystem::path pool_path;    // of the storage pool "occi" (made when missing)
    std::filesystem::path console_path; // folder for the guests' serial logs: <uuid>.log
    // Where libvirtd writes NAME.pid of each domain; read when the URI is that of this host's system instance.
    std::filesystem::path pid_folder = "/run/libvirt/qemu";
    bool operator==(const Options&) const = default;
};

} // namespace hv::libvirt
