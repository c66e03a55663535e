#pragma once
// The type of domains, kvm or qemu, as the configuration and this host allow it: asked for once, when libvirt answers
// for the first time.
//
// Threads: any.

#include "agent/base/guarded.hh"
#include "drivers/libvirt/machine_type.hh"

#include <libvirt/libvirt.h>

#include <optional>
#include <string>

namespace hv::libvirt {

class TypeChoice {
public:
    TypeChoice(std::string wanted, std::string host_arch)
        : wanted_(std::move(wanted)), host_arch_(std::move(host_arch)) {}

    // Why there is none; empty: there is one, or nobody has asked yet.
    std::string complaint() const;
    // Throws Error{invalid}: the type that is wanted cannot be had.
    MachineType choose(virConnectPtr);
    // For guests of that architecture. Throws Error{unsupported} as well.
    std::string type_for(virConnectPtr, const std::string& arch);

private:
    const std::string wanted_;
    const std::string host_arch_;
    Guarded<std::optional<MachineType>> made_;
    Guarded<std::string> complaint_;
};

} // namespace hv::libvirt
