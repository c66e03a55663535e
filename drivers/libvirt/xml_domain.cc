#include "drivers/libvirt/xml_domain.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"

#include <algorithm>
#include <array>
#include <climits>
#include <optional>
#include <set>

namespace hv::libvirt {
namespace {

constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t mebibyte = 1024 * kibibyte;
constexpr std::uint64_t most_cores = 1 << 16;
constexpr std::size_t serial_length = 20; // what a virtio disk shows to its guest (VIRTIO_BLK_ID_BYTES)

constexpr std::array x86{std::string_view("x86_64"), std::string_view("i686")};

// A document of libvirt is trusted further than one of a client, and may carry the metadata of others.
constexpr xml::Limits limits{
    .bytes = 16 << 20, .depth = 64, .elements = 100'000, .attributes = 256, .text = 16 << 20};

// ---- writing ----------------------------------------------------------------------------------------------

void alias(xml::Writer& out, std::string_view name) {
    // libvirt keeps an alias of ours from one start to the next if it begins so.
    out.open("alias").attribute("name", "ua-" + std::string(name)).close();
}

std::string_view name_of(Format format) noexcept { return format == Format::qcow2 ? "qcow2" : "raw"; }

void copy(xml::Writer& out, const xml::Element& element) {
    out.open(element.name);
    for (const auto& [name, value] : element.attributes) out.attribute(name, value);
    out.text(element.text);
    for (const auto& child : element.children) copy(out, child);
    out.close();
}

void write_source(xml::Writer& out, const std::string& path) {
    out.open("source").attribute("file", path).close();
}

// The whole chain is spelled out, so that QEMU never guesses a format from bytes that a guest wrote.
void write_backing_stores(xml::Writer& out, const std::vector<Disk::Layer>& layers) {
    for (std::size_t i = 1; i < layers.size(); ++i) {
        out.open("backingStore").attribute("type", "file");
        out.open("format").attribute("type", name_of(layers[i].format)).close();
        write_source(out, layers[i].path);
    }
    out.open("backingStore").close();
    for (std::size_t i = 1; i < layers.size(); ++i) out.close();
}

std::string_view serial_of(const Disk& disk) noexcept {
    return std::string_view(disk.volume).substr(0, serial_length);
}

void write(xml::Writer& out, const Disk& disk, bool boots) {
    if (disk.layers.empty()) throw Error(Fault::invalid, "the disk " + disk.target + " has no file");
    const auto& top = disk.layers.front();
    out.open("disk").attribute("type", "file").attribute("device", "disk");
    out.open("driver")
        .attribute("name", "qemu")
        .attribute("type", name_of(top.format))
        .attribute("discard", "unmap")
        .close();
    write_source(out, top.path);
    write_backing_stores(out, disk.layers);
    out.open("target").attribute("dev", disk.target).attribute("bus", "virtio").close();
    if (!disk.volume.empty()) out.leaf("serial", serial_of(disk));
    if (boots) out.open("boot").attribute("order", "1").close();
    alias(out, "disk-" + disk.target);
    out.close();
}

const std::string& name_of_network(const Nic& nic, const Frame& frame) {
    const auto name = frame.network_names.find(nic.network);
    if (name == frame.network_names.end())
        throw Error(Fault::not_found, "there is no network " + nic.network);
    return name->second;
}

void write(xml::Writer& out, const Nic& nic, std::string_view name, const std::string& network) {
    out.open("interface").attribute("type", "network");
    if (!nic.mac.empty()) out.open("mac").attribute("address", nic.mac).close();
    out.open("source").attribute("network", network).close();
    out.open("model").attribute("type", "virtio").close();
    alias(out, "nic-" + std::string(name));
    out.close();
}

void write_cpu(xml::Writer& out, const std::string& type, const std::string& arch) {
    if (type == "kvm") out.open("cpu").attribute("mode", "host-passthrough").close();
    // TCG's default is an x86-64 of 2003, which current distributions refuse to boot on.
    else if (arch == "x86_64")
        out.open("cpu").attribute("mode", "maximum").close();
}

std::uint64_t in_kibibytes(std::uint64_t bytes) { return (bytes + kibibyte - 1) / kibibyte; }

// All of it is there from the start: a guest without a driver for its balloon would have more than it was given.
void write_memory(xml::Writer& out, std::uint64_t bytes) {
    out.open("memory").attribute("unit", "KiB").text(std::to_string(in_kibibytes(bytes))).close();
}

// Some processors more may come while it runs, on the machines that can do that.
void write_cores(xml::Writer& out, unsigned cores, bool is_x86, const Frame& frame) {
    const auto most = is_x86 ? std::max(cores, frame.most_cores) : cores;
    out.open("vcpu");
    if (most > cores) out.attribute("current", std::to_string(cores));
    out.text(std::to_string(most)).close();
}

void write_shares(xml::Writer& out, unsigned shares) {
    if (shares > 0) out.leaf("shares", std::to_string(shares));
}

void write_os_type(xml::Writer& out, const std::string& arch) {
    out.open("type")
        .attribute("arch", arch)
        .attribute("machine", is_x86(arch) ? "pc" : "virt")
        .text("hvm")
        .close();
}

void write_console(xml::Writer& out, const std::filesystem::path& log) {
    out.open("serial").attribute("type", "pty");
    out.open("log").attribute("file", log.string()).attribute("append", "on").close();
    alias(out, "serial");
    out.close();
}

void write_other_devices(xml::Writer& out) {
    out.open("channel").attribute("type", "unix");
    out.open("target").attribute("type", "virtio").attribute("name", "org.qemu.guest_agent.0").close();
    alias(out, "agent");
    out.close();
    // libvirt would add a USB controller, whose polling costs CPU time for nothing: there is no USB device.
    out.open("controller").attribute("type", "usb").attribute("model", "none").close();
    out.open("memballoon").attribute("model", "virtio");
    alias(out, "balloon");
    out.close();
    out.open("rng").attribute("model", "virtio");
    out.open("backend").attribute("model", "random").text("/dev/urandom").close();
    alias(out, "rng");
    out.close();
}

void write_devices(xml::Writer& out, const Uuid& id, const MachineSpec& spec, const Frame& frame) {
    out.open("devices");
    for (const auto& disk : spec.disks) write(out, disk, &disk == &spec.disks.front());
    for (std::size_t i = 0; i < spec.nics.size(); ++i)
        write(out, spec.nics[i], std::to_string(i), name_of_network(spec.nics[i], frame));
    write_console(out, console_log(frame.console_path, id));
    write_other_devices(out);
    out.close();
}

// ---- reading ----------------------------------------------------------------------------------------------

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

std::string in_one_line(std::string title) {
    std::ranges::replace_if(
        title, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return title;
}

std::string domain_name(const Uuid& id) { return "occi-" + id; }

std::filesystem::path console_log(const std::filesystem::path& console_path, const Uuid& id) {
    return console_path / (id + ".log");
}

bool is_x86(std::string_view arch) noexcept { return std::ranges::find(x86, arch) != x86.end(); }

MachineSpec completed(MachineSpec spec) {
    // Past 26 disks come vdaa, vdab, ... as the kernel counts.
    const auto target = [](std::size_t index) {
        std::string letters;
        for (++index; index > 0; index = (index - 1) / 26)
            letters.insert(letters.begin(), static_cast<char>('a' + (index - 1) % 26));
        return "vd" + letters;
    };
    for (std::size_t i = 0; i < spec.disks.size(); ++i)
        if (spec.disks[i].target.empty()) spec.disks[i].target = target(i);
    return spec;
}

std::string to_domain_xml(const Uuid& id, const MachineSpec& spec, const Frame& frame) {
    const auto& arch = spec.arch.empty() ? frame.arch : spec.arch;
    xml::Writer out;
    out.open("domain").attribute("type", frame.type);
    out.leaf("name", domain_name(id)).leaf("uuid", id);
    if (!spec.title.empty()) out.leaf("title", in_one_line(spec.title));
    out.open("metadata");
    write_note(out, spec, {id, frame.agent});
    out.close();
    write_memory(out, spec.memory);
    write_cores(out, spec.cores, is_x86(arch), frame);
    if (spec.shares > 0) {
        out.open("cputune");
        write_shares(out, spec.shares);
        out.close();
    }
    out.open("os");
    write_os_type(out, arch);
    out.close();
    if (is_x86(arch)) out.open("features").open("acpi").close().open("apic").close().close();
    write_cpu(out, frame.type, arch);
    out.open("clock").attribute("offset", "utc").close();
    out.leaf("on_poweroff", "destroy").leaf("on_reboot", "restart").leaf("on_crash", "destroy");
    write_devices(out, id, spec, frame);
    return out.close().take();
}

std::string to_disk_xml(const Disk& disk) {
    xml::Writer out;
    write(out, disk, false);
    return out.take();
}

// The alias takes no colon.
std::string to_nic_xml(const Nic& nic, const std::string& network_name) {
    auto name = nic.mac;
    std::ranges::replace(name, ':', '-');
    xml::Writer out;
    write(out, nic, name, network_name);
    return out.take();
}

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

std::string shape_of(std::string_view document) {
    std::string shape;
    bool in_tag = false;
    bool in_value = false;
    for (const char c : document) {
        if (c == '<') in_tag = true;
        if (!in_tag) continue;
        if (c == '"') in_value = !in_value;
        if (in_value) continue;
        shape += c;
        if (c == '>') in_tag = false;
    }
    return shape;
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

std::vector<std::string> interfaces_to_change(std::string_view document, const std::string& network,
                                              bool plugged_in) {
    std::vector<std::string> changes;
    const auto domain = parse(document);
    const auto* devices = domain.child("devices");
    if (!devices) return changes;
    for (const auto* element : devices->all("interface")) {
        const bool is_plugged_in = attribute_of(*element, "link", "state") != "down";
        if (attribute_of(*element, "source", "network") != network || is_plugged_in == plugged_in) continue;
        auto changed = *element;
        std::erase_if(changed.children, [](const xml::Element& child) { return child.name == "link"; });
        xml::Element link;
        link.name = "link";
        link.attributes.emplace_back("state", plugged_in ? "up" : "down");
        changed.children.push_back(std::move(link));
        xml::Writer out;
        copy(out, changed);
        changes.push_back(out.take());
    }
    return changes;
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

void open_with_attributes(xml::Writer& out, const xml::Element& element) {
    out.open(element.name);
    for (const auto& [name, value] : element.attributes) out.attribute(name, value);
}

// What comes first in a domain, with its own note among those of others.
void begin_noted(xml::Writer& out, const xml::Element& domain, const MachineSpec& spec, const Mark& mark) {
    const auto* old_note = note_of(domain);
    open_with_attributes(out, domain);
    if (!spec.title.empty()) out.leaf("title", in_one_line(spec.title));
    out.open("metadata");
    if (const auto* metadata = domain.child("metadata"))
        for (const auto& other : metadata->children)
            if (&other != old_note) copy(out, other);
    write_note(out, spec, mark);
    out.close();
}

void copy_but(xml::Writer& out, const xml::Element& element, std::string_view left_out) {
    for (const auto& child : element.children)
        if (child.name != left_out) copy(out, child);
}

// The emulator and the processor fit the architecture, and libvirt finds the emulator by itself.
void copy_revised(xml::Writer& out, const xml::Element& child, bool is_new_arch, const std::string& arch,
                  const Frame& frame) {
    if (!is_new_arch || (child.name != "os" && child.name != "devices" && child.name != "cpu"))
        return copy(out, child);
    if (child.name == "cpu") return; // written anew
    open_with_attributes(out, child);
    if (child.name == "os") write_os_type(out, arch);
    copy_but(out, child, child.name == "os" ? "type" : "emulator");
    out.close();
    if (child.name == "os") write_cpu(out, frame.type, arch);
}

} // namespace

std::string revised(std::string_view document, const MachineSpec& spec, const Frame& frame) {
    constexpr std::array<std::string_view, 7> anew{"title", "metadata", "memory", "currentMemory",
                                                   "vcpu",  "vcpus",    "cputune"};
    const auto domain = parse(document);
    const auto old_arch = attribute_of(domain, "os/type", "arch");
    const auto& arch = spec.arch.empty() ? old_arch : spec.arch;
    xml::Writer out;
    begin_noted(out, domain, spec, {Uuid(domain.child_text("uuid")), frame.agent});
    write_memory(out, spec.memory);
    write_cores(out, spec.cores, is_x86(arch), frame);
    if (const auto* tune = domain.child("cputune"); tune || spec.shares > 0) {
        out.open("cputune");
        write_shares(out, spec.shares);
        if (tune) copy_but(out, *tune, "shares");
        out.close();
    }
    for (const auto& child : domain.children)
        if (std::ranges::find(anew, child.name) == anew.end())
            copy_revised(out, child, arch != old_arch, arch, frame);
    return out.close().take();
}

std::string with_note(std::string_view document, const MachineSpec& spec, const Mark& mark) {
    const auto domain = parse(document);
    xml::Writer out;
    begin_noted(out, domain, spec, mark);
    for (const auto& child : domain.children)
        if (child.name != "title" && child.name != "metadata") copy(out, child);
    return out.close().take();
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
