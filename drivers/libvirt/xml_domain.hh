#pragma once
// Domain XML, both ways: what we define, and what libvirt tells about any domain, ours or not. Pure: no call
// of libvirt here.
//
// A domain is ours when its <metadata> holds a note (drivers/note.hh) with this domain's UUID and this agent's id: a
// copy of the note under another UUID proves nothing. A note without either, as earlier agents wrote it, counts under
// the name that they gave. libvirt says what it is made of now, and of ours the note says what that is: whose volume a
// disk, whose address a NIC.
//
// Threads: values.

#include "drivers/contract/machine.hh"
#include "drivers/note.hh"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hv::libvirt {

// What a domain needs beside its spec.
struct Frame {
    Uuid agent{};              // that makes it
    std::string type = "qemu"; // of the <domain>: kvm, qemu
    std::string arch;          // what spec.arch stands for when it is empty
    std::filesystem::path console_path;
    unsigned most_cores = 0;                                // a guest may get so many while it runs
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

// One disk as to_domain_xml writes it (never the one that boots), for a domain that exists.
std::string to_disk_xml(const Disk&);

// One NIC, on the network of that name, for a domain that exists. It can be told from all others by its MAC, in its
// alias too.
std::string to_nic_xml(const Nic&, const std::string& network_name);

// The document without its values: two of one shape have the same elements and attributes.
std::string shape_of(std::string_view document);

// The machine without its state; `now` is what it has, where its note says otherwise. `network_of` gives the UUID of a
// network by libvirt's name, or "". `definition`, when given, is asked for what later starts use if the note has a disk
// that the domain has not: one that is there still belongs to the machine. Throws Error{invalid} for what is no domain
// XML.
Machine from_domain_xml(std::string_view, const Uuid& agent,
                        const std::function<Uuid(const std::string& name)>& network_of,
                        const std::function<std::string()>& definition = {});

// Whether the domain with that UUID and name is that agent's, by its note: the element alone, as libvirt gives it.
bool is_ours(const std::string& note, const Uuid& id, const std::string& name, const Uuid& agent);

// A disk as domain XML has it, also a CD or a floppy.
struct DiskDevice {
    std::string target;
    std::string file; // what its uppermost layer is, when that is a file
    std::string serial;
    std::string alias;   // of one that runs, or a name that somebody gave it
    bool is_disk = true; // and no medium that can be changed
    // Its files with their formats, outermost first, as far as the document tells: libvirt drops what is behind a
    // snapshot that was made while the machine was off.
    std::vector<Layer> layers{};
    bool is_whole = false; // those are all
};
std::vector<DiskDevice> disks_in(std::string_view);

// The disk among them that is this one, or nullptr: by its file; or by the place and the serial number that we gave it,
// for one that somebody else has put a snapshot on top of.
const DiskDevice* device_of(const std::vector<DiskDevice>&, const Disk&) noexcept;

// Of one that runs: takes from its definition what it is to have at its next start. `now` stays when that is not what
// it has.
void take_next_sizes(Machine&, std::string_view definition);

// The same document with the title, note, cores, memory, shares and architecture of `spec`; of the frame it needs the
// type, the architecture and the most cores. Throws Error{invalid} for what is no domain XML.
std::string revised(std::string_view, const MachineSpec&, const Frame&);

// What of a domain can be seen in its XML without its note.
struct Tuning {
    std::string arch;
    Sizes sizes;
    unsigned shares = 0;
    std::uint64_t most_memory = 0;
};
Tuning tuning_in(std::string_view);
// A NIC as domain XML has it.
struct NicDevice {
    std::string mac; // lower case
    std::string alias;
    std::string document; // its own element
};
std::vector<NicDevice> nics_in(std::string_view);
// Where a domain of ours has the disk with that volume. Throws Error{not_found} that begins with `doing`.
std::string target_of(std::string_view document, const Uuid& volume, const std::string& doing);

// Those interfaces on the network of that name whose cable is not as it is to be, each as it has to be.
std::vector<std::string> interfaces_to_change(std::string_view document, const std::string& network,
                                              bool plugged_in);

// The same document with another title and another note. Throws Error{invalid} for what is no domain XML.
std::string with_note(std::string_view, const MachineSpec&, const Mark&);

// What the note in domain XML says, whatever libvirt says. Throws Error{invalid} when there is none.
MachineSpec spec_in_note(std::string_view);
Mark mark_in_note(std::string_view); // the same of its mark

} // namespace hv::libvirt
