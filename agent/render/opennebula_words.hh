#pragma once
// Every element and attribute of OpenNebula's XML that means something in a request, as one table: what is not in it is
// passed over, and named. Only the readers (opennebula_*reader.cc) use it.
//
// Threads: any; a pure function.

#include "agent/base/xml.hh"
#include "agent/render/passed_over.hh"

namespace render::opennebula {

// Adds what stands in the document and is not used: by its place, "COMPUTE/NICS/NIC/@speed". Of what is not known only
// the outermost element is named.
void note_unused(const xml::Element& root, Purpose, PassedOver&);

// The device of a disk that is called so in OCCI: "/dev/vdb"; empty: none that a disk can have here ("sda1", "hda").
std::string device_named(std::string_view word);

} // namespace render::opennebula
