#pragma once
// Which kind of domain this host runs, kvm or qemu (TCG), and why.
//
// Threads: any.

#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

namespace hv::libvirt {

struct MachineType {
    std::string name; // kvm, qemu
    std::string why;  // "because ..." goes on so
};

// What the host says for and against kvm. Each is asked only when the answer depends on it.
struct Evidence {
    std::function<std::optional<std::string>()> cpu_obstacle;     // the processor has no virtualisation
    std::function<std::optional<std::string>()> device_obstacle;  // /dev/kvm cannot be opened
    std::function<std::optional<std::string>()> libvirt_obstacle; // libvirt offers no kvm
};

// `wanted` is auto, kvm or qemu. kvm is given without a look at the processor or the device, which only
// libvirt needs; throws Error{invalid} when libvirt cannot do it, or for another word.
MachineType choose_type(std::string_view wanted, const Evidence&);

// The real answers. Only x86 says in /proc/cpuinfo what its processors can.
std::optional<std::string> cpu_obstacle(std::istream& cpuinfo, std::string_view host_arch);
std::optional<std::string> device_obstacle(const std::string& device = "/dev/kvm");

// The most cores of a machine, as libvirt's capabilities of its type say; when they do not, there is no such limit.
unsigned most_cores_in(std::string_view domain_capabilities);

// The architecture of this host as libvirt names it.
std::string host_arch();

// Whether kvm can run guests of `guest_arch` on this host.
bool runs_natively(std::string_view guest_arch, std::string_view host_arch) noexcept;

} // namespace hv::libvirt
