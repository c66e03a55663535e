#pragma once
// What the three sides of domain XML share: writing, reading and changing it. Nobody but the xml_domain files includes
// this.
//
// Threads: values.

#include "agent/base/xml.hh"
#include "drivers/libvirt/xml_domain.hh"

#include <cstdint>
#include <string>
#include <string_view>

namespace hv::libvirt::parts {

constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t mebibyte = 1024 * kibibyte;

// A document of libvirt is trusted further than one of a client, and may carry the metadata of others.
constexpr xml::Limits limits{
    .bytes = 16 << 20, .depth = 64, .elements = 100'000, .attributes = 256, .text = 16 << 20};

// ---- reading -------------------------------------------------------------------------------------------------------

xml::Element parse(std::string_view document); // Error{invalid} for what is no domain
const xml::Element* note_of(const xml::Element& domain);
std::string attribute_of(const xml::Element& parent, std::string_view path, std::string_view name); // or ""

// ---- writing -------------------------------------------------------------------------------------------------------

void copy(xml::Writer&, const xml::Element&);
void write_memory(xml::Writer&, std::uint64_t bytes);
void write_cores(xml::Writer&, unsigned cores, bool is_x86, const Frame&);
void write_shares(xml::Writer&, unsigned shares);
void write_os_type(xml::Writer&, const std::string& arch);
void write_cpu(xml::Writer&, const std::string& type, const std::string& arch);
std::string_view serial_of(const Disk&) noexcept; // as its guest and libvirt are shown it

} // namespace hv::libvirt::parts
