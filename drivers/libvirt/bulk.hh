#pragma once
// What libvirt tells of many objects in one call. None of these reaches a guest's monitor, but for the one that says
// so.
//
// Threads: any.

#include "agent/base/uuid.hh"
#include "drivers/libvirt/connection.hh"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hv::libvirt {

// A domain and what virDomainGetState and virDomainHasManagedSaveImage say of it.
struct Glance {
    Domain domain;
    int state = VIR_DOMAIN_NOSTATE;
    int reason = 0;
    bool has_saved_memory = false;
};

std::vector<Glance> glance_at_all(virConnectPtr);
Glance glance_at(Domain, const std::string& doing);

// false also where this hypervisor saves no memory.
bool has_saved_memory(virDomainPtr, const std::string& doing);

// An empty handle when there is none.
Domain look_up(virConnectPtr, const Uuid&, const std::string& doing);

std::vector<Domain> running_domains(virConnectPtr);
// Has libvirt send one harmless command to the monitor of each running domain that is `wanted`, one after the other.
// Hangs on the first that does not react, for as long as it does not; those that libvirt is speaking to already are
// left out.
void speak_to_monitors(virConnectPtr, const std::function<bool(const Uuid&)>& wanted);

// These only read the handle, and ask libvirt nothing.
Uuid id_of(virDomainPtr);
Uuid id_of(virNetworkPtr);
Uuid id_of(virStoragePoolPtr);

// The UUIDs of all networks by libvirt's name for them; empty when this hypervisor has no networks.
std::map<std::string, Uuid, std::less<>> network_ids(virConnectPtr);

} // namespace hv::libvirt
