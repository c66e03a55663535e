// Documents of libvirt's with something in them changed, and all else as it was.
#include "drivers/libvirt/xml_domain_parts.hh"

#include <algorithm>
#include <array>

namespace hv::libvirt {

using namespace parts;

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

} // namespace hv::libvirt
