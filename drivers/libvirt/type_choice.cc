#include "drivers/libvirt/type_choice.hh"

#include "agent/base/error.hh"
#include "drivers/libvirt/connection.hh"
#include "drivers/libvirt/error.hh"

#include <fstream>

namespace hv::libvirt {
namespace {

std::optional<std::string> obstacle_in_libvirt(virConnectPtr connect, const std::string& arch) {
    const Text capabilities(
        virConnectGetDomainCapabilities(connect, nullptr, arch.c_str(), nullptr, "kvm", 0));
    if (capabilities) return std::nullopt;
    const auto failure = last_error("libvirt offers no kvm");
    if (failure.fault() == Fault::unavailable) throw failure;
    return failure.what();
}

} // namespace

std::string TypeChoice::complaint() const {
    return complaint_.with([](const auto& sentence) { return sentence; });
}

MachineType TypeChoice::choose(virConnectPtr connect) try {
    if (auto made = made_.with([](const auto& choice) { return choice; })) return *made;
    auto choice = choose_type(wanted_, {[this] {
                                            std::ifstream cpuinfo("/proc/cpuinfo");
                                            return cpu_obstacle(cpuinfo, host_arch_);
                                        },
                                        [] { return device_obstacle(); },
                                        [&] { return obstacle_in_libvirt(connect, host_arch_); }});
    made_.with([&](auto& known) { known = choice; });
    complaint_.with([](auto& sentence) { sentence.clear(); });
    return choice;
} catch (const Error& failure) {
    if (failure.fault() == Fault::invalid)
        complaint_.with([&](auto& sentence) { sentence = failure.what(); });
    throw;
}

std::string TypeChoice::type_for(virConnectPtr connect, const std::string& arch) {
    const auto choice = choose(connect);
    if (choice.name != "kvm" || runs_natively(arch, host_arch_)) return choice.name;
    if (wanted_ == "kvm")
        throw Error(Fault::unsupported,
                    "kvm on this " + host_arch_ + " host runs no machine of type " + arch);
    return "qemu";
}

} // namespace hv::libvirt
