#include "drivers/note.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <climits>

namespace hv {
namespace {

constexpr std::string_view root = "machine";

template <class T> struct Word {
    T value;
    std::string_view name;
};

constexpr std::array contents{Word<Content>{Content::image, "image"}, Word<Content>{Content::swap, "swap"},
                              Word<Content>{Content::filesystem, "filesystem"},
                              Word<Content>{Content::storage, "storage"},
                              Word<Content>{Content::foreign, "foreign"}};
constexpr std::array formats{Word<Format>{Format::raw, "raw"}, Word<Format>{Format::qcow2, "qcow2"}};

template <class T, std::size_t n>
std::string_view name_of(const std::array<Word<T>, n>& words, T value) noexcept {
    return std::ranges::find(words, value, &Word<T>::value)->name;
}

// ---- writing ----------------------------------------------------------------------------------------------

void write_unless_empty(xml::Writer& out, std::string_view name, std::string_view value) {
    if (!value.empty()) out.attribute(name, value);
}

// ---- reading ----------------------------------------------------------------------------------------------

[[noreturn]] void refuse(const xml::Element& element, std::string_view attribute) {
    throw Error(Fault::invalid, "the note of a machine: <" + text::printable(element.name) +
                                    "> has no valid attribute \"" + std::string(attribute) + "\"");
}

std::string_view local_name(std::string_view name) noexcept {
    const auto colon = name.find(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

std::string read_text(const xml::Element& element, std::string_view name) {
    const auto* value = element.attribute(name);
    return value ? *value : std::string();
}

std::uint64_t read_number(const xml::Element& element, std::string_view name,
                          std::uint64_t most = UINT64_MAX) {
    const auto* value = element.attribute(name);
    const auto number = value ? text::to_number(*value, most) : std::nullopt;
    if (!number) refuse(element, name);
    return *number;
}

template <class T, std::size_t n>
T read_word(const xml::Element& element, std::string_view name, const std::array<Word<T>, n>& words) {
    const auto* value = element.attribute(name);
    const auto known = value ? std::ranges::find(words, *value, &Word<T>::name) : words.end();
    if (known == words.end()) refuse(element, name);
    return known->value;
}

} // namespace

void write_note(xml::Writer& out, const Disk& disk) {
    out.open("disk").attribute("content", name_of(contents, disk.content));
    write_unless_empty(out, "volume", disk.volume);
    write_unless_empty(out, "origin", disk.origin);
    out.attribute("bytes", std::to_string(disk.bytes));
    write_unless_empty(out, "filesystem", disk.filesystem);
    write_unless_empty(out, "target", disk.target);
    write_unless_empty(out, "mountpoint", disk.mountpoint);
    write_unless_empty(out, "title", disk.title);
    for (const auto& layer : disk.layers)
        out.open("layer")
            .attribute("path", layer.path)
            .attribute("format", name_of(formats, layer.format))
            .close();
    out.close();
}

void write_note(xml::Writer& out, const Nic& nic) {
    out.open("nic");
    write_unless_empty(out, "network", nic.network);
    write_unless_empty(out, "mac", nic.mac);
    if (nic.address) out.attribute("address", nic.address->text());
    write_unless_empty(out, "device", nic.device);
    write_unless_empty(out, "title", nic.title);
    out.close();
}

Disk disk_in(const xml::Element& element) {
    Disk disk;
    disk.content = read_word(element, "content", contents);
    disk.volume = read_text(element, "volume");
    disk.origin = read_text(element, "origin");
    disk.bytes = read_number(element, "bytes");
    disk.filesystem = read_text(element, "filesystem");
    disk.target = read_text(element, "target");
    disk.mountpoint = read_text(element, "mountpoint");
    disk.title = read_text(element, "title");
    for (const auto& child : element.children)
        if (local_name(child.name) == "layer")
            disk.layers.push_back({read_text(child, "path"), read_word(child, "format", formats)});
    return disk;
}

Nic nic_in(const xml::Element& element) {
    Nic nic;
    nic.network = read_text(element, "network");
    nic.mac = read_text(element, "mac");
    if (const auto* address = element.attribute("address")) {
        nic.address = Ipv4::parse(*address);
        if (!nic.address) refuse(element, "address");
    }
    nic.device = read_text(element, "device");
    nic.title = read_text(element, "title");
    return nic;
}

void write_note(xml::Writer& out, const MachineSpec& spec, const Mark& mark) {
    out.open(root).attribute("xmlns", note_namespace);
    write_unless_empty(out, "machine", mark.machine);
    write_unless_empty(out, "agent", mark.agent);
    write_unless_empty(out, "title", spec.title);
    write_unless_empty(out, "owner", spec.owner);
    write_unless_empty(out, "group", spec.group);
    write_unless_empty(out, "arch", spec.arch);
    out.attribute("cores", std::to_string(spec.cores)).attribute("memory", std::to_string(spec.memory));
    if (spec.shares > 0) out.attribute("shares", std::to_string(spec.shares));
    for (const auto& disk : spec.disks) write_note(out, disk);
    for (const auto& nic : spec.nics) write_note(out, nic);
    for (const auto& [key, value] : spec.notes)
        out.open("note").attribute("key", key).attribute("value", value).close();
    out.close();
}

std::string to_note(const MachineSpec& spec, const Mark& mark) {
    xml::Writer out;
    write_note(out, spec, mark);
    return out.take();
}

Mark mark_in(const xml::Element& note) { return {read_text(note, "machine"), read_text(note, "agent")}; }

MachineSpec from_note(const xml::Element& note) {
    if (local_name(note.name) != root)
        throw Error(Fault::invalid, "the note of a machine: <" + text::printable(note.name) + "> is none");
    MachineSpec spec;
    spec.title = read_text(note, "title");
    spec.owner = read_text(note, "owner");
    spec.group = read_text(note, "group");
    spec.arch = read_text(note, "arch");
    spec.cores = static_cast<unsigned>(read_number(note, "cores", UINT_MAX));
    spec.memory = read_number(note, "memory");
    if (note.attribute("shares")) spec.shares = static_cast<unsigned>(read_number(note, "shares", UINT_MAX));
    for (const auto& child : note.children) {
        const auto name = local_name(child.name);
        if (name == "disk")
            spec.disks.push_back(disk_in(child));
        else if (name == "nic")
            spec.nics.push_back(nic_in(child));
        else if (name == "note")
            spec.notes[read_text(child, "key")] = read_text(child, "value");
    }
    return spec;
}

void take_titles(MachineSpec& into, const MachineSpec& from) {
    for (auto& disk : into.disks) {
        const auto there = std::ranges::find(from.disks, disk.volume, &Disk::volume);
        if (!disk.volume.empty() && there != from.disks.end()) disk.title = there->title;
    }
    for (auto& nic : into.nics) {
        const auto there = std::ranges::find(from.nics, nic.mac, &Nic::mac);
        if (there != from.nics.end()) nic.title = there->title;
    }
}

const xml::Element* find_note(const xml::Element& parent, const xml::Element& outer) {
    for (const auto& child : parent.children) {
        if (local_name(child.name) != root) continue;
        const auto colon = child.name.find(':');
        const auto declaration =
            colon == child.name.npos ? std::string("xmlns") : "xmlns:" + child.name.substr(0, colon);
        // The nearest declaration counts.
        const std::string* space = nullptr;
        for (const auto* scope : {&child, &parent, &outer})
            if (!space) space = scope->attribute(declaration);
        if (space && *space == note_namespace) return &child;
    }
    return nullptr;
}

} // namespace hv
