#pragma once
// A machine of ours, and how libvirt is to be told of it: for the tests of domain XML.
//
// Threads: values.

#include "agent/base/xml.hh"
#include "drivers/libvirt/xml_domain.hh"

#include <stdexcept>
#include <string>
#include <string_view>

namespace domain_example {

using namespace hv;
using namespace hv::libvirt;

inline const Uuid id = "6695eb01-f6a4-8304-79aa-97f2502e193f";
inline const Uuid some_agent = "a0000000-0000-4000-8000-00000000000a";
inline const Uuid network = "0c4e1b2e-5a5b-4b39-9a4c-0c9b9b8a7d11";

inline MachineSpec example_spec() {
    MachineSpec spec;
    spec.title = "two\nlines & more";
    spec.owner = "anna";
    spec.cores = 2;
    spec.memory = 512 << 20;
    spec.disks.resize(2);
    spec.disks[0].volume = "11111111-2222-3333-4444-555555555555";
    spec.disks[0].layers = {
        {"/pool/a.qcow2", Format::qcow2}, {"/pool/b.qcow2", Format::qcow2}, {"/pool/c.raw", Format::raw}};
    spec.disks[1].content = Content::swap;
    spec.disks[1].layers = {{"/pool/<s>.raw", Format::raw}};
    spec.nics = {{network, "52:54:00:00:00:01", Ipv4::parse("10.1.0.2"), ""}};
    spec.notes = {{"k", "v"}};
    return spec;
}

inline Frame example_frame() {
    Frame frame;
    frame.agent = some_agent;
    frame.arch = "x86_64";
    frame.console_path = "/console";
    frame.network_names = {{network, "occi-net"}};
    return frame;
}

inline xml::Element written(const MachineSpec& spec, const Frame& frame) {
    return xml::parse(to_domain_xml(id, completed(spec), frame));
}

inline std::string value(const xml::Element& root, std::string_view path, std::string_view attribute) {
    const auto* element = root.find(path);
    const auto* found = element ? element->attribute(attribute) : nullptr;
    return found ? *found : "(none)";
}

inline Uuid network_of(const std::string& name) { return name == "occi-net" ? network : Uuid(); }

// What libvirt makes of our definition: only what a reader could stumble over.
inline std::string with_xml_of_libvirt(std::string document) {
    const auto put = [&](std::string_view old, std::string_view fresh) {
        const auto at = document.find(old);
        if (at == std::string::npos) throw std::logic_error("the example has no " + std::string(old));
        document.replace(at, old.size(), fresh);
    };
    put("<memory unit=\"KiB\">524288</memory>",
        "<memory unit='KiB'>524288</memory><currentMemory unit='KiB'>1</currentMemory>");
    put("<source network=\"occi-net\"/>",
        "<source network='occi-net' portid='x' bridge='br'/><target dev='vnet3'/>");
    return document;
}

} // namespace domain_example
