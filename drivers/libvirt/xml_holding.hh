#pragma once
// What domain XML says of the files and networks that the domain holds, whoever made it.
//
// Threads: pure functions.

#include "drivers/contract/machine.hh"

#include <functional>
#include <string>
#include <string_view>

namespace hv::libvirt {

// Finds what names alone do not tell; each gives "" for what it does not know.
struct Lookup {
    std::function<std::string(const std::string& pool)> directory_of; // of a storage pool of libvirt
    std::function<Uuid(const std::string& name)> network_of;
};

// Adds what that document names, in whatever element, to what other documents of the same domain did; raw files with
// raw_prefix, and what may name files with text_prefix (files_behind.hh). Throws Error{invalid} for what is no XML.
void add_holding(Holding&, std::string_view domain_xml, const Lookup&);

} // namespace hv::libvirt
