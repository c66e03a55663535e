#include "drivers/libvirt/xml_holding.hh"

#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "drivers/pool/files_behind.hh"

#include <algorithm>
#include <array>

namespace hv::libvirt {
namespace {

constexpr xml::Limits limits{
    .bytes = 16 << 20, .depth = 300, .elements = 100'000, .attributes = 256, .text = 16 << 20};

std::string attribute_of(const xml::Element& element, std::string_view name) {
    const auto* value = element.attribute(name);
    return value ? *value : std::string();
}

std::string as_text(std::string_view words) { return std::string(pool::text_prefix) + std::string(words); }

std::string as_raw(std::string_view file) {
    return file.starts_with(pool::text_prefix) ? std::string(file)
                                               : std::string(pool::raw_prefix) + std::string(file);
}

// A file, a device of the host, or a volume of a pool that is a directory; "" for what is on another host.
std::string file_of(const xml::Element& source, const Lookup& lookup) {
    for (const auto* name : {"file", "dev"})
        if (auto path = attribute_of(source, name); !path.empty()) return path;
    const auto pool = attribute_of(source, "pool"), volume = attribute_of(source, "volume");
    if (pool.empty() || volume.empty()) return {};
    const auto directory = lookup.directory_of(pool);
    return directory.empty() ? as_text(volume) : directory + "/" + volume;
}

// Of a disk in its <driver>, of a layer in its <format>. libvirt takes for raw what nothing is said of.
bool is_raw(const xml::Element& layer) {
    const auto* format = layer.child(layer.name == "disk" ? "driver" : "format");
    const auto type = format ? attribute_of(*format, "type") : std::string();
    return type.empty() || type == "raw";
}

// The source of a disk or of a layer of it, and what that is made on top of: they are named alike.
void add_layers(std::vector<std::string>& files, const xml::Element& layer, const Lookup& lookup) {
    constexpr std::array<std::string_view, 2> deeper{"backingStore", "dataStore"};
    for (const auto& child : layer.children) {
        if (child.name == "source") {
            if (auto file = file_of(child, lookup); !file.empty())
                files.push_back(is_raw(layer) ? as_raw(file) : std::move(file));
            add_layers(files, child, lookup); // a data file stands inside of its source
        } else if (std::ranges::find(deeper, child.name) != deeper.end()) {
            if (const auto file = attribute_of(child, "file"); !file.empty()) files.push_back(as_raw(file));
            add_layers(files, child, lookup);
        }
    }
}

void add_medium(Holding& holding, Holding::Medium medium) {
    if (medium.files.empty() || std::ranges::find(holding.media, medium) != holding.media.end()) return;
    holding.media.push_back(std::move(medium));
}

// What a disk is being copied or committed to is written as the disk itself is, wherever it stands in the chain.
void add_disk(Holding& holding, const xml::Element& disk, const Lookup& lookup) {
    Holding::Medium medium;
    if (const auto* target = disk.child("target")) medium.target = attribute_of(*target, "dev");
    for (const auto* mirror : disk.all("mirror")) {
        Holding::Medium copy{medium.target, {}};
        if (const auto file = attribute_of(*mirror, "file"); !file.empty())
            copy.files.push_back(as_raw(file));
        add_layers(copy.files, *mirror, lookup);
        add_medium(holding, std::move(copy));
    }
    add_layers(medium.files, disk, lookup);
    add_medium(holding, std::move(medium));
}

void add_nic(Holding& holding, const xml::Element& nic, const Lookup& lookup) {
    const auto* source = nic.child("source");
    if (!source) return;
    if (const auto name = attribute_of(*source, "network"); !name.empty())
        if (auto id = lookup.network_of(name); !id.empty()) holding.networks.insert(std::move(id));
    if (auto bridge = attribute_of(*source, "bridge"); !bridge.empty())
        holding.bridges.insert(std::move(bridge));
}

// What tenants write (their words may look like a path), what is no data of anybody, and what add_disk() knows better.
constexpr std::array<std::string_view, 5> passed_over{"metadata", "title", "description", "emulator", "disk"};

// Whatever leads to a file is a use of it: kernels, firmware and its variables, memory, ports, options of QEMU, and
// what is yet to be invented. libvirt takes such a file for its bytes, unless the element says otherwise; an option
// means what QEMU makes of it.
void add_value(Holding& holding, const xml::Element& element, std::string_view value) {
    if (value.find('/') == value.npos) return;
    const auto format = attribute_of(element, "format");
    const bool is_option = element.name.find(':') != element.name.npos, is_path = value.starts_with('/');
    if (is_option || !is_path)
        add_medium(holding, {element.name, {as_text(value)}});
    else
        add_medium(holding,
                   {element.name, {format.empty() || format == "raw" ? as_raw(value) : std::string(value)}});
}

void add_named(Holding& holding, const xml::Element& element) {
    for (const auto& [name, value] : element.attributes)
        if (!name.starts_with("xmlns")) add_value(holding, element, value);
    add_value(holding, element, text::trim(element.text));
    for (const auto& child : element.children)
        if (std::ranges::find(passed_over, child.name) == passed_over.end()) add_named(holding, child);
}

} // namespace

void add_holding(Holding& holding, std::string_view document, const Lookup& lookup) {
    const auto domain = xml::parse(document, limits);
    add_named(holding, domain);
    const auto* devices = domain.child("devices");
    if (!devices) return;
    for (const auto* disk : devices->all("disk")) add_disk(holding, *disk, lookup);
    for (const auto* nic : devices->all("interface")) add_nic(holding, *nic, lookup);
}

} // namespace hv::libvirt
