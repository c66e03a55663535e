#include "drivers/libvirt/machine_type.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "drivers/libvirt/xml_domain.hh"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <sys/utsname.h>

namespace hv::libvirt {

MachineType choose_type(std::string_view wanted, const Evidence& evidence) {
    if (wanted == "qemu") return {"qemu", "the configuration says so"};
    if (wanted == "kvm") {
        if (const auto obstacle = evidence.libvirt_obstacle())
            throw Error(Fault::invalid, "machines of type kvm are not possible: " + *obstacle +
                                            "; [compute] type = auto takes what there is");
        return {"kvm", "the configuration says so"};
    }
    if (wanted != "auto")
        throw Error(Fault::invalid,
                    "the machine type \"" + text::printable(wanted) + "\" is none of auto, kvm and qemu");
    for (const auto* ask : {&evidence.cpu_obstacle, &evidence.device_obstacle, &evidence.libvirt_obstacle})
        if (auto obstacle = (*ask)()) return {"qemu", std::move(*obstacle)};
    return {"kvm", "the processor, /dev/kvm and libvirt offer it"};
}

std::optional<std::string> cpu_obstacle(std::istream& cpuinfo, std::string_view arch) {
    if (!is_x86(arch)) return std::nullopt;
    for (std::string line; std::getline(cpuinfo, line);) {
        if (!line.starts_with("flags")) continue;
        const auto flags = text::split(line, ' ');
        const bool can = std::ranges::any_of(flags, [](const auto& f) { return f == "vmx" || f == "svm"; });
        if (can) return std::nullopt;
        break; // all processors of a host are alike
    }
    return "the processor shows neither vmx nor svm";
}

std::optional<std::string> device_obstacle(const std::string& device) {
    if (Descriptor(::open(device.c_str(), O_RDWR | O_CLOEXEC))) return std::nullopt;
    return device + " cannot be opened: " + std::strerror(errno);
}

unsigned most_cores_in(std::string_view domain_capabilities) {
    const auto document = xml::parse(domain_capabilities);
    const auto* cores = document.child("vcpu");
    const auto* most = cores ? cores->attribute("max") : nullptr;
    const auto number = most ? text::to_number(*most, UINT_MAX) : std::nullopt;
    return number ? static_cast<unsigned>(*number) : UINT_MAX;
}

std::string host_arch() {
    utsname names{};
    if (::uname(&names) != 0)
        throw Error(Fault::internal, "uname does not tell the architecture of this host");
    const std::string machine = names.machine;
    const bool old_x86 = machine.size() == 4 && machine.starts_with('i') && machine.ends_with("86");
    return old_x86 ? "i686" : machine;
}

bool runs_natively(std::string_view guest, std::string_view host) noexcept {
    return guest == host || (guest == "i686" && host == "x86_64");
}

} // namespace hv::libvirt
