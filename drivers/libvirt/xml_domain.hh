#pragma once
// Domain XML, both ways: what we define, and what libvirt tells about any domain, ours or not. Pure: no call
// of libvirt here.
//
// A domain is ours when its <metadata> holds our note (drivers/note.hh). Of ours the note says what belongs
// to the machine, and libvirt what it is made of now.
//
// Threads: values.

#include "drivers/driver.hh"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace hv::libvirt {

// What a domain needs beside its spec.
struct Frame {
    std::string type = "qemu"; // of the <domain>: kvm, qemu
    std::string arch;          // what spec.arch stands for when it is empty
    std::filesystem::path console_path;
    std::map<Uuid, std::string, std::less<>> network_names; // libvirt's names of the networks of its NICs
};

std::string domain_name(const Uuid&);
std::string in_one_line(std::string title); // <title> takes no line break; the note has the exact one
std::filesystem::path console_log(const std::filesystem::path& console_path, const Uuid&);
bool is_x86(std::string_view arch) noexcept;

// `spec` with what a definition leaves no longer open: the target of each disk.
MachineSpec completed(MachineSpec spec);

// `spec` must be completed. Throws Error{not_found} when a network has no name in the frame.
std::string to_domain_xml(const Uuid&, const MachineSpec&, const Frame&);

// The document without its values: two of one shape have the same elements and attributes.
std::string shape_of(std::string_view document);

// The machine without its state. `network_of` gives the UUID of a network by libvirt's name, or "". Throws
// Error{invalid} for what is no domain XML.
Machine from_domain_xml(std::string_view, const std::function<Uuid(const std::string& name)>& network_of);

// What the note in domain XML says, whatever libvirt says. Throws Error{invalid} when there is none.
MachineSpec spec_in_note(std::string_view);

} // namespace hv::libvirt
