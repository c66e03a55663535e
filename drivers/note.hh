#pragma once
// A MachineSpec as one XML element: what a driver keeps beside a machine where its hypervisor has no place of
// its own for it, and what the store keeps of a machine that is not defined yet. The element is in the
// namespace `note_namespace`; the reader takes it under any prefix, and skips what it does not know.
//
// Threads: values.

#include "agent/base/xml.hh"
#include "drivers/contract/machine.hh"

#include <string>
#include <string_view>

namespace hv {

inline constexpr std::string_view note_namespace = "urn:occi-agent:machine:1";

// Whose note it is, and of which machine: one that was copied with a machine names another. A note of the store has
// none, and so has one that an agent before 0.2 wrote.
struct Mark {
    Uuid machine, agent;
    bool is_none() const noexcept { return machine.empty() && agent.empty(); }
    auto operator<=>(const Mark&) const = default;
};

std::string to_note(const MachineSpec&, const Mark& = {});
void write_note(xml::Writer&, const MachineSpec&, const Mark& = {}); // the same, inside of another document
Mark mark_in(const xml::Element& note);

// Equal to the spec that it was made of. Throws Error{invalid} naming the attribute when the element is not
// one that to_note wrote.
MachineSpec from_note(const xml::Element&);

// A disk or a NIC of one by itself, as an element ("disk", "nic") inside of another document, and back.
void write_note(xml::Writer&, const Disk&);
void write_note(xml::Writer&, const Nic&);
Disk disk_in(const xml::Element&); // Error{invalid}
Nic nic_in(const xml::Element&);   // Error{invalid}

// Titles of disks and NICs, which nobody but their user understands: from one description of a machine to another.
void take_titles(MachineSpec& into, const MachineSpec& from);

// The note among the children of `parent`, or nullptr. Its prefix may be declared there or in `outer`, which
// encloses it.
const xml::Element* find_note(const xml::Element& parent, const xml::Element& outer);

} // namespace hv
