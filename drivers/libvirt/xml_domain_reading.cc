// What libvirt tells of a domain, and what the note in it says of one of ours.
#include "drivers/libvirt/xml_domain_parts.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <climits>
#include <optional>
#include <set>

namespace hv::libvirt {

namespace parts {

xml::Element parse(std::string_view document) {
    auto domain = xml::parse(document, limits);
    if (domain.name != "domain")
        throw Error(Fault::invalid, "<" + text::printable(domain.name) + "> is no domain");
    return domain;
}

const xml::Element* note_of(const xml::Element& domain) {
    const auto* metadata = domain.child("metadata");
    return metadata ? find_note(*metadata, domain) : nullptr;
}

std::string attribute_of(const xml::Element& parent, std::string_view path, std::string_view name) {
    const auto* element = parent.find(path);
    const auto* value = element ? element->attribute(name) : nullptr;
    return value ? *value : std::string();
}

} // namespace parts

namespace {

using namespace parts;

constexpr std::uint64_t most_cores = 1 << 16;

struct Unit {
    std::string_view name;
    std::uint64_t bytes;
};

// libvirt itself always writes KiB; the others are for documents of other hands.
constexpr std::array units{
    Unit{"KiB", kibibyte},        Unit{"k", kibibyte}, Unit{"bytes", 1}, Unit{"b", 1},
    Unit{"MiB", mebibyte},        Unit{"M", mebibyte}, Unit{"KB", 1000}, Unit{"GiB", mebibyte* kibibyte},
    Unit{"G", mebibyte* kibibyte}};

std::uint64_t read_memory(const xml::Element& domain, std::string_view element) {
    const auto count = text::to_number(domain.child_text(element), UINT64_MAX / (mebibyte * kibibyte));
    const auto name = attribute_of(domain, element, "unit");
    const auto unit = std::ranges::find(units, name.empty() ? std::string_view("KiB") : name, &Unit::name);
    return count && unit != units.end() ? *count * unit->bytes : 0;
}

unsigned read_cores(const xml::Element& domain) {
    const auto current = attribute_of(domain, "vcpu", "current");
    return static_cast<unsigned>(
        text::to_number(current.empty() ? domain.child_text("vcpu") : std::string_view(current), most_cores)
            .value_or(0));
}

unsigned read_shares(const xml::Element& domain) {
    const auto* shares = domain.find("cputune/shares");
    return shares ? static_cast<unsigned>(text::to_number(text::trim(shares->text), UINT_MAX).value_or(0))
                  : 0;
}

// What it has now: a guest gives memory back into its balloon.
Sizes read_sizes(const xml::Element& domain) {
    const auto* current = domain.child("currentMemory");
    return {read_cores(domain), read_memory(domain, current ? "currentMemory" : "memory")};
}

// libvirt rounds up, to at most a MiB.
bool is_rounded(std::uint64_t told, std::uint64_t wanted) noexcept { return told - wanted < mebibyte; }

bool are_alike(const Sizes& told, const Sizes& wanted) noexcept {
    return told.cores == wanted.cores && is_rounded(told.memory, wanted.memory);
}

std::optional<Format> format_called(std::string_view name) {
    if (name == "raw") return Format::raw;
    if (name == "qcow2") return Format::qcow2;
    return std::nullopt;
}

// A chain is whole when it ends in an empty <backingStore/>.
void read_layers(DiskDevice& device, const xml::Element& disk) {
    auto format = format_called(attribute_of(disk, "driver", "type"));
    for (const auto* layer = &disk; layer && !device.is_whole;) {
        const auto file = attribute_of(*layer, "source", "file");
        if (file.empty() || !format) return;
        device.layers.push_back({file, *format});
        layer = layer->child("backingStore");
        device.is_whole = layer && layer->children.empty();
        if (layer) format = format_called(attribute_of(*layer, "format", "type"));
    }
}

DiskDevice read_device(const xml::Element& disk) {
    DiskDevice device;
    read_layers(device, disk);
    device.target = attribute_of(disk, "target", "dev");
    device.file = attribute_of(disk, "source", "file");
    device.serial = disk.child_text("serial");
    device.alias = attribute_of(disk, "alias", "name");
    const auto* kind = disk.attribute("device");
    device.is_disk = !kind || *kind == "disk" || *kind == "lun";
    return device;
}

std::vector<DiskDevice> read_disks(const xml::Element& domain) {
    std::vector<DiskDevice> disks;
    if (const auto* devices = domain.child("devices"))
        for (const auto* disk : devices->all("disk")) disks.push_back(read_device(*disk));
    return disks;
}

std::vector<Nic> read_nics(const xml::Element& devices,
                           const std::function<Uuid(const std::string&)>& network_of) {
    std::vector<Nic> nics;
    for (const auto* element : devices.all("interface")) {
        Nic nic;
        nic.mac = text::lower(attribute_of(*element, "mac", "address"));
        nic.device = attribute_of(*element, "target", "dev");
        if (const auto name = attribute_of(*element, "source", "network"); !name.empty())
            nic.network = network_of(name);
        nics.push_back(std::move(nic));
    }
    return nics;
}

// ---- the note over what libvirt tells ---------------------------------------------------------------------

// The disks that libvirt told of, each as the note knows it. What the note has and neither the domain nor its
// definition is not there: somebody has taken it away, or it was never plugged in. What only the definition has comes
// back at the next start: the guest has let go of it after nobody waited for that any more.
std::vector<Disk> known_disks(std::vector<Disk> noted, const std::vector<DiskDevice>& devices,
                              const std::function<std::string()>& definition) {
    std::vector<Disk> disks;
    std::set<const DiskDevice*> known;
    std::optional<std::vector<DiskDevice>> later;
    for (auto& disk : noted) {
        const auto* device = device_of(devices, disk);
        if (!device && definition) {
            if (!later) later = disks_in(definition());
            device = device_of(*later, disk);
        }
        if (!device || !known.insert(device).second) continue;
        disk.target = device->target;
        // The chain as libvirt has it: others may have put a snapshot on top, or merged one.
        const bool is_other =
            !device->layers.empty() && (disk.layers.empty() || device->layers.front() != disk.layers.front());
        if (device->is_whole || is_other) disk.layers = device->layers;
        disks.push_back(std::move(disk));
    }
    for (const auto& device : devices) {
        if (known.contains(&device) || !device.is_disk) continue;
        Disk foreign;
        foreign.content = Content::foreign;
        foreign.target = device.target;
        disks.push_back(std::move(foreign));
    }
    return disks;
}

// Puts what only the note knows over what libvirt told. A NIC of the note stays the machine's even where somebody has
// unplugged it by hand: its address must still be freed with the machine.
void overlay(MachineSpec& told, MachineSpec note) {
    told.title = std::move(note.title);
    told.owner = std::move(note.owner);
    told.group = std::move(note.group);
    told.notes = std::move(note.notes);
    if (is_rounded(told.memory, note.memory)) told.memory = note.memory;

    for (auto& nic : note.nics) nic.device.clear();
    for (const auto& nic : told.nics) {
        const auto known = std::ranges::find(note.nics, nic.mac, &Nic::mac);
        if (known == note.nics.end())
            note.nics.push_back(nic);
        else
            known->device = nic.device;
    }
    told.nics = std::move(note.nics);
}

} // namespace

std::vector<NicDevice> nics_in(std::string_view document) {
    const auto domain = parse(document);
    std::vector<NicDevice> nics;
    const auto* devices = domain.child("devices");
    if (!devices) return nics;
    for (const auto* element : devices->all("interface")) {
        xml::Writer out;
        copy(out, *element);
        nics.push_back({text::lower(attribute_of(*element, "mac", "address")),
                        attribute_of(*element, "alias", "name"), out.take()});
    }
    return nics;
}

std::vector<DiskDevice> disks_in(std::string_view document) { return read_disks(parse(document)); }

const DiskDevice* device_of(const std::vector<DiskDevice>& devices, const Disk& disk) noexcept {
    const auto by_file = [&](const DiskDevice& each) {
        return each.is_disk && !disk.layers.empty() && each.file == disk.layers.front().path;
    };
    const auto by_place = [&](const DiskDevice& each) {
        return each.is_disk && each.target == disk.target && !disk.volume.empty() &&
               each.serial == serial_of(disk);
    };
    auto found = std::ranges::find_if(devices, by_file);
    if (found == devices.end()) found = std::ranges::find_if(devices, by_place);
    return found == devices.end() ? nullptr : &*found;
}

namespace {

bool is_mark_of(const Mark& mark, const Uuid& id, const std::string& name, const Uuid& agent) {
    if (mark.is_none()) return name == domain_name(id);
    return mark == Mark{id, agent} && !agent.empty();
}

} // namespace

bool is_ours(const std::string& note, const Uuid& id, const std::string& name, const Uuid& agent) {
    return is_mark_of(mark_in(xml::parse(note, limits)), id, name, agent);
}

Machine from_domain_xml(std::string_view document, const Uuid& agent,
                        const std::function<Uuid(const std::string&)>& network_of,
                        const std::function<std::string()>& definition) {
    const auto domain = parse(document);
    Machine machine;
    machine.id = domain.child_text("uuid");
    machine.name = domain.child_text("name");
    machine.spec.title = domain.child_text("title");
    machine.spec.arch = attribute_of(domain, "os/type", "arch");
    machine.spec.cores = read_cores(domain);
    machine.spec.memory = read_memory(domain, "memory");
    machine.spec.shares = read_shares(domain);
    if (const auto* devices = domain.child("devices")) machine.spec.nics = read_nics(*devices, network_of);
    MachineSpec spec;
    const auto* note = note_of(domain);
    if (note && is_mark_of(mark_in(*note), machine.id, machine.name, agent)) {
        machine.ours = true;
        spec = from_note(*note);
        if (const auto sizes = read_sizes(domain); !are_alike(sizes, {spec.cores, spec.memory}))
            machine.now = sizes;
    }
    machine.spec.disks = known_disks(std::move(spec.disks), read_disks(domain), definition);
    if (machine.ours)
        overlay(machine.spec, std::move(spec));
    else if (machine.spec.title.empty())
        machine.spec.title = machine.name;
    return machine;
}

std::string target_of(std::string_view document, const Uuid& volume, const std::string& doing) {
    const auto note = spec_in_note(document);
    const auto disk = std::ranges::find(note.disks, volume, &Disk::volume);
    const auto devices = disks_in(document);
    const auto* device = disk == note.disks.end() ? nullptr : device_of(devices, *disk);
    if (!device) throw Error(Fault::not_found, doing + ": it has no disk on volume " + volume);
    return device->target;
}

void take_next_sizes(Machine& machine, std::string_view definition) {
    const auto domain = parse(definition);
    const auto noted = note_of(domain) ? from_note(*note_of(domain)) : MachineSpec();
    const auto memory = read_memory(domain, "memory");
    machine.spec.cores = read_cores(domain);
    machine.spec.memory = is_rounded(memory, noted.memory) ? noted.memory : memory;
    if (machine.now && are_alike(*machine.now, {machine.spec.cores, machine.spec.memory}))
        machine.now.reset();
}

Tuning tuning_in(std::string_view document) {
    const auto domain = parse(document);
    return {attribute_of(domain, "os/type", "arch"), read_sizes(domain), read_shares(domain),
            read_memory(domain, "memory")};
}

namespace {

const xml::Element& known_note(const xml::Element& domain) {
    if (const auto* note = note_of(domain)) return *note;
    throw Error(Fault::invalid, "the domain has no note of ours");
}

} // namespace

MachineSpec spec_in_note(std::string_view document) { return from_note(known_note(parse(document))); }

Mark mark_in_note(std::string_view document) { return mark_in(known_note(parse(document))); }

} // namespace hv::libvirt
