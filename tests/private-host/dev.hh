#pragma once
// A /dev of our own: the nodes of the machine's, but /dev/kvm only when asked for. Hiding it is no matter of modes:
// libvirt that sees a /dev/kvm which its guests cannot open probes QEMU again at every start of a domain (libvirt 9.0,
// some 48 s).
//
// Threads: one.

#include <filesystem>

namespace private_host {

// Built at `stage`, a folder that is made for it, then moved over /dev. `kvm`: usable by the group kvm whatever the
// machine's own node admits; throws Error{unavailable} when there is none. In a mount namespace of our own.
void mount_dev(const std::filesystem::path& stage, bool kvm);

} // namespace private_host
