#include "tests/bench/direct.hh"

#include "agent/base/uuid.hh"
#include "agent/base/xml.hh"
#include "drivers/pool/volume_files.hh"

#include <cstdlib>
#include <libvirt/virterror.h>
#include <stdexcept>

namespace bench {
namespace {

using Domain = Handle<virDomain, virDomainFree>;
using Network = Handle<virNetwork, virNetworkFree>;
using Pool = Handle<virStoragePool, virStoragePoolFree>;
using Volume = Handle<virStorageVol, virStorageVolFree>;
using Text = Handle<char, std::free>;

constexpr auto pool_name = "occi"; // the agent's own: the same directory, the same disk
// Of an identifier this much is new; the rest stays, so that what is cut at that length differs too (a disk's serial).
constexpr std::size_t new_part = 20;

[[noreturn]] void fail(const std::string& doing) {
    throw std::runtime_error("direct: " + doing + ": " + virGetLastErrorMessage());
}

template <class T> T made(T handle, const char* what) {
    if (!handle) fail(what);
    return handle;
}

void check(int result, const char* what) {
    if (result != 0) fail(what);
}

Domain look_up(virConnectPtr connection, const std::string& name) {
    return made(Domain(virDomainLookupByName(connection, name.c_str())), "look up");
}

std::string name_of(int index) { return "bench-" + std::to_string(index); }

std::string small_machine(const std::string& name) {
    return "<domain type='qemu'><name>" + name + "</name><uuid>" + new_uuid() +
           "</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='i686'>hvm</type></os>"
           "<features><acpi/></features><devices><serial type='pty'/></devices></domain>";
}

void replace_all(std::string& text, const std::string& old, const std::string& fresh) {
    for (auto at = text.find(old); at != std::string::npos; at = text.find(old, at + fresh.size()))
        text.replace(at, old.size(), fresh);
}

std::string attribute_of(const xml::Element& parent, std::string_view path, std::string_view name) {
    const auto* element = parent.find(path);
    const auto* value = element ? element->attribute(name) : nullptr;
    return value ? *value : std::string();
}

} // namespace

Direct::Direct() : connection_(made(virConnectOpen("qemu:///system"), "open")) {}

void Direct::define_many(int count, int first) {
    for (int index = first; index < count; ++index)
        made(Domain(virDomainDefineXML(connection_.get(), small_machine(name_of(index)).c_str())), "define");
}

void Direct::forget_many(int count) {
    for (int index = 0; index < count; ++index)
        virDomainUndefine(look_up(connection_.get(), name_of(index)).get());
}

int Direct::count_domains() {
    virDomainPtr* raw = nullptr;
    const int count = virConnectListAllDomains(connection_.get(), &raw, 0);
    if (count < 0) fail("list");
    const Handle<virDomainPtr, std::free> array(raw);
    for (int index = 0; index < count; ++index) virDomainFree(raw[index]);
    return count;
}

std::size_t Direct::list_with_details() {
    virDomainPtr* raw = nullptr;
    const int count = virConnectListAllDomains(connection_.get(), &raw, 0);
    if (count < 0) fail("list");
    const Handle<virDomainPtr, std::free> array(raw);
    std::size_t bytes = 0;
    for (int index = 0; index < count; ++index) {
        const Domain domain(raw[index]);
        const Text xml(virDomainGetXMLDesc(domain.get(), 0));
        virDomainInfo info;
        virDomainGetInfo(domain.get(), &info);
        bytes += xml ? std::char_traits<char>::length(xml.get()) : 0;
    }
    return bytes;
}

bool Direct::is_off(const std::string& domain) {
    int state = VIR_DOMAIN_NOSTATE;
    virDomainGetState(look_up(connection_.get(), domain).get(), &state, nullptr, 0);
    return state == VIR_DOMAIN_SHUTOFF;
}

void Direct::start(const std::string& domain) {
    check(virDomainCreate(look_up(connection_.get(), domain).get()), "start");
}

void Direct::force_off(const std::string& domain) {
    check(virDomainDestroy(look_up(connection_.get(), domain).get()), "force off");
}

namespace {

// A raw base behind a qcow2 volume as the agent's own are.
std::string clone_xml(const Uuid& id, const hv::Volume& base) {
    xml::Writer out;
    out.open("volume").leaf("name", hv::pool::volume_name(id, hv::Format::qcow2));
    out.open("capacity").attribute("unit", "bytes").text(std::to_string(base.bytes)).close();
    out.open("target").open("format").attribute("type", "qcow2").close();
    out.open("permissions").leaf("mode", "0600").close();
    out.leaf("compat", "1.1").open("features").leaf("lazy_refcounts", "").close().close();
    out.open("backingStore").leaf("path", base.path);
    out.open("format").attribute("type", "raw").close().close();
    return out.close().take();
}

} // namespace

// ---- twins ---------------------------------------------------------------------------------------------------------

Twin::Twin(Direct& direct, const std::string& compute, unsigned number) : direct_(direct) {
    auto* connection = direct.connection_.get();
    const auto model = look_up(connection, "occi-" + compute);
    document_ = made(Text(virDomainGetXMLDesc(model.get(), VIR_DOMAIN_XML_INACTIVE)), "describe").get();
    const auto domain = xml::parse(document_);

    const auto id = new_uuid();
    name_ = "occi-" + id;
    replace_all(document_, compute, id);

    const auto stem = [](const std::string& path) { return std::filesystem::path(path).stem().string(); };
    const auto volume = stem(attribute_of(domain, "devices/disk/source", "file"));
    const auto twin = new_uuid().substr(0, new_part) + volume.substr(new_part);
    replace_all(document_, volume.substr(0, new_part), twin.substr(0, new_part));
    hv::Volume base;
    base.path = attribute_of(domain, "devices/disk/backingStore/source", "file");
    base.bytes = std::filesystem::file_size(base.path);
    volume_xml_ = clone_xml(twin, base);
    volume_ = hv::pool::volume_name(twin, hv::Format::qcow2);

    network_ = attribute_of(domain, "devices/interface/source", "network");
    if (network_.empty()) return;
    const auto tail = std::to_string(number + 100);
    const auto mac = "52:54:00:be:ac:" + tail.substr(1);
    replace_all(document_, attribute_of(domain, "devices/interface/mac", "address"), mac);
    // The first block of the pool that the agent takes its default network from: nothing else is in the private host.
    host_entry_ = "<host mac='" + mac + "' ip='10.112.0." + tail + "'/>";
}

// As the agent does it.
void Twin::update_host_entry(unsigned command) {
    if (network_.empty()) return;
    const auto network =
        made(Network(virNetworkLookupByName(direct_.connection_.get(), network_.c_str())), "network");
    check(virNetworkUpdate(network.get(), command, VIR_NETWORK_SECTION_IP_DHCP_HOST, -1, host_entry_.c_str(),
                           VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG),
          "host entry");
}

void Twin::create() {
    auto* connection = direct_.connection_.get();
    const auto pool = made(Pool(virStoragePoolLookupByName(connection, pool_name)), "pool");
    made(Volume(virStorageVolCreateXML(pool.get(), volume_xml_.c_str(), 0)), "clone");
    update_host_entry(VIR_NETWORK_UPDATE_COMMAND_ADD_LAST);
    const auto domain = made(Domain(virDomainDefineXML(connection, document_.c_str())), "define");
    check(virDomainCreate(domain.get()), "start");
}

void Twin::destroy() {
    auto* connection = direct_.connection_.get();
    const auto domain = look_up(connection, name_);
    if (virDomainIsActive(domain.get()) == 1) check(virDomainDestroy(domain.get()), "force off");
    check(virDomainUndefine(domain.get()), "undefine");
    update_host_entry(VIR_NETWORK_UPDATE_COMMAND_DELETE);
    const auto pool = made(Pool(virStoragePoolLookupByName(connection, pool_name)), "pool");
    const auto volume = made(Volume(virStorageVolLookupByName(pool.get(), volume_.c_str())), "volume");
    check(virStorageVolDelete(volume.get(), 0), "remove volume");
}

} // namespace bench
