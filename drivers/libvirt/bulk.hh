#pragma once
// What libvirt tells of many objects in one call. None of these reaches a guest's monitor.
//
// Threads: any.

#include "agent/base/uuid.hh"
#include "drivers/libvirt/connection.hh"

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

// These only read the handle, and ask libvirt nothing.
Uuid id_of(virDomainPtr);
Uuid id_of(virNetworkPtr);
Uuid id_of(virStoragePoolPtr);

// The UUIDs of all networks by libvirt's name for them; empty when this hypervisor has no networks.
std::map<std::string, Uuid, std::less<>> network_ids(virConnectPtr);

} // namespace hv::libvirt
