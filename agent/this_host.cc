#include "agent/this_host.hh"

#include "drivers/host/facts.hh"
#include "drivers/libvirt/drivers.hh"
#include "drivers/pool/notes.hh"

std::unique_ptr<hv::Host> make_host(const hv::libvirt::Options& options) {
    using Shared = std::shared_ptr<hv::libvirt::Drivers>;
    const Shared libvirt = hv::libvirt::make_drivers(options);
    hv::Host::Drivers drivers;
    drivers.compute = {libvirt, &libvirt->compute()};
    drivers.storage = {libvirt, &libvirt->storage()};
    drivers.network = {libvirt, &libvirt->network()};
    drivers.notes = std::make_shared<hv::pool::Notes>(options.pool_path);
    drivers.facts = std::make_shared<hv::host::Facts>();
    drivers.hypervisor = libvirt;
    return std::make_unique<hv::Host>(std::move(drivers));
}
