// What is set on the devices of a domain in memory, and is not kept for later starts: the cable of a NIC; the size of a
// disk, which its file keeps.
#include "drivers/libvirt/compute.hh"

#include "drivers/libvirt/domain_calls.hh"
#include <algorithm>

namespace hv::libvirt {
namespace {

// It may end at any time; then there is nothing left to set.
void update_device(virDomainPtr domain, const std::string& device, const std::string& doing) {
    if (virDomainUpdateDeviceFlags(domain, device.c_str(), VIR_DOMAIN_AFFECT_LIVE) == 0) return;
    const auto failure = last_error(doing);
    if (failure.fault() != Fault::conflict || is_active(domain, doing)) throw failure;
}

} // namespace

void Domains::set_link(const Uuid& id, const Uuid& network, bool plugged_in) {
    call_on(id, verbs::set_link, [=](virDomainPtr domain, const std::string& doing) {
        if (!is_active(domain, doing)) return;
        const LibvirtNetwork known(
            virNetworkLookupByUUIDString(virDomainGetConnect(domain), network.c_str()));
        if (!known) throw last_error(doing);
        const auto document = document_of(domain, 0, doing);
        for (const auto& device : interfaces_to_change(document, virNetworkGetName(known.get()), plugged_in))
            update_device(domain, device, doing);
    });
}

void Domains::resize_disk(const Uuid& id, const Uuid& volume, std::uint64_t bytes) {
    call_on(id, verbs::resize_disk, [=](virDomainPtr domain, const std::string& doing) {
        if (!is_active(domain, doing)) throw Error(Fault::conflict, doing + ": it does not run");
        const auto target = target_of(document_of(domain, 0, doing), volume, doing);
        grow_block_device(domain, target, bytes, doing);
    });
}

} // namespace hv::libvirt
