#pragma once
// The libvirt driver, as one Host. Reconnects by itself; verbs throw Error{unavailable} meanwhile.
//
// Threads: any; see drivers/driver.hh.

#include "drivers/driver.hh"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hv::libvirt {

struct Options {
    std::string uri = "qemu:///system";
    std::string machine_type = "auto";  // auto, kvm, qemu
    std::string arch = "host";          // host, x86_64, i686, aarch64
    std::filesystem::path pool_path;    // of the storage pool "occi" (made when missing)
    std::filesystem::path console_path; // folder for the guests' serial logs: <uuid>.log
    // Where libvirtd writes NAME.pid of each domain; read when the URI is that of this host's system instance.
    std::filesystem::path pid_folder = "/run/libvirt/qemu";
};

// Returns at once when libvirt does not answer yet. Throws Error{invalid} when an option cannot be met (type=kvm on a
// host without it) and libvirt answered.
std::unique_ptr<Host> make_host(const Options&);

// What libvirt itself has against the options, for who checks a configuration before a start. Changes nothing; waits at
// most `patience`.
struct Obstacle {
    enum class About { connection, pool, machine_type } about;
    std::string sentence; // with what can be done
};
std::vector<Obstacle> obstacles(const Options&, std::chrono::milliseconds patience);

} // namespace hv::libvirt
