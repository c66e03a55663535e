#include "tests/bench/direct.hh"

#include "agent/base/uuid.hh"

#include <cstdlib>
#include <libvirt/virterror.h>
#include <stdexcept>

namespace bench {
namespace {

using Domain = Handle<virDomain, virDomainFree>;
using Pool = Handle<virStoragePool, virStoragePoolFree>;
using Volume = Handle<virStorageVol, virStorageVolFree>;

using Network = Handle<virNetwork, virNetworkFree>;

// The first block of the pool that the agent takes its default network from: nothing else is in the private host.
constexpr auto network_name = "occi-default";
constexpr auto mac = "52:54:00:be:ac:01";
constexpr auto host_entry = "<host mac='52:54:00:be:ac:01' ip='10.112.0.200'/>";
constexpr auto pool_name = "occi"; // the agent's own: the same directory, the same disk
constexpr auto machine_name = "bench-direct";
constexpr auto volume_name = "bench-direct.qcow2";

template <class T> T made(T handle, const char* what) {
    if (!handle) throw std::runtime_error(std::string("direct: ") + what + ": " + virGetLastErrorMessage());
    return handle;
}

std::string machine_xml(const std::string& name, const std::string& devices) {
    return "<domain type='qemu'><name>" + name + "</name><uuid>" + new_uuid() +
           "</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type "
           "arch='i686'>hvm</type></os><features><acpi/></features>"
           "<devices><serial type='pty'/>" +
           devices + "</devices></domain>";
}

} // namespace

Direct::Direct() : connection_(made(virConnectOpen("qemu:///system"), "open")) {}

void Direct::define_many(int count) {
    for (int index = 0; index < count; ++index) {
        const auto name = "bench-" + std::to_string(index);
        Domain domain(made(virDomainDefineXML(connection_.get(), machine_xml(name, "").c_str()), "define"));
        defined_.push_back(name);
    }
}

void Direct::forget_many() {
    for (const auto& name : defined_)
        virDomainUndefine(Domain(virDomainLookupByName(connection_.get(), name.c_str())).get());
    defined_.clear();
}

std::size_t Direct::list_with_details() {
    virDomainPtr* raw = nullptr;
    const int count = virConnectListAllDomains(connection_.get(), &raw, 0);
    if (count < 0) throw std::runtime_error("direct: list");
    std::size_t bytes = 0;
    for (int index = 0; index < count; ++index) {
        const Domain domain(raw[index]);
        char* xml = virDomainGetXMLDesc(domain.get(), 0);
        virDomainInfo info;
        virDomainGetInfo(domain.get(), &info);
        bytes += xml ? std::char_traits<char>::length(xml) : 0;
        std::free(xml);
    }
    std::free(raw);
    return bytes;
}

// The address of the machine's NIC, as the agent gives it.
void Direct::update_host_entry(unsigned command) {
    const Network network(made(virNetworkLookupByName(connection_.get(), network_name), "network"));
    if (virNetworkUpdate(network.get(), command, VIR_NETWORK_SECTION_IP_DHCP_HOST, -1, host_entry,
                         VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG) != 0)
        throw std::runtime_error(std::string("direct: host entry: ") + virGetLastErrorMessage());
}

void Direct::create(const std::string& backing_path) {
    const Pool pool(made(virStoragePoolLookupByName(connection_.get(), pool_name), "pool"));
    const auto volume_xml = std::string("<volume><name>") + volume_name +
                            "</name><capacity unit='MiB'>1</capacity><target><format type='qcow2'/>"
                            "<compat>1.1</compat></target><backingStore><path>" +
                            backing_path + "</path><format type='raw'/></backingStore></volume>";
    const Volume volume(made(virStorageVolCreateXML(pool.get(), volume_xml.c_str(), 0), "clone"));
    char* path = virStorageVolGetPath(volume.get());
    const auto disk = std::string("<disk type='file'><driver name='qemu' type='qcow2'/><source file='") +
                      path +
                      "'/><target dev='vda' bus='virtio'/></disk><interface type='network'><mac address='" +
                      mac + "'/><source network='" + network_name + "'/><model type='virtio'/></interface>";
    std::free(path);
    update_host_entry(VIR_NETWORK_UPDATE_COMMAND_ADD_LAST);
    const Domain domain(
        made(virDomainDefineXML(connection_.get(), machine_xml(machine_name, disk).c_str()), "define"));
    if (virDomainCreate(domain.get()) != 0)
        throw std::runtime_error(std::string("direct: start: ") + virGetLastErrorMessage());
}

void Direct::destroy() {
    const Domain domain(made(virDomainLookupByName(connection_.get(), machine_name), "lookup"));
    virDomainDestroy(domain.get());
    virDomainUndefine(domain.get());
    update_host_entry(VIR_NETWORK_UPDATE_COMMAND_DELETE);
    const Pool pool(made(virStoragePoolLookupByName(connection_.get(), pool_name), "pool"));
    const Volume volume(made(virStorageVolLookupByName(pool.get(), volume_name), "volume"));
    virStorageVolDelete(volume.get(), 0);
}

} // namespace bench
