// The cables of the NICs of a domain in memory; they are not kept for later starts.
#include "drivers/libvirt/compute.hh"

#include "drivers/libvirt/domain_calls.hh"

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

} // namespace hv::libvirt
