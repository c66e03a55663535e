#pragma once
// What the readers of OpenNebula's XML share: roots, single-valued elements, hrefs, sizes and addresses. Only
// opennebula_*.cc use it.
//
// Threads: any. All throw Error{invalid} that names the element at fault and quotes what stood there.

#include "agent/base/xml.hh"
#include "agent/occi/model.hh"

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace render::opennebula {

// The limits of one document.
inline constexpr std::size_t most_disks = 24;
inline constexpr std::size_t most_nics = 16;
inline constexpr std::size_t longest_id = 64;
inline constexpr std::size_t longest_url = 4096;
inline constexpr std::size_t longest_device = 15;      // of a network device of the host: IFNAMSIZ
inline constexpr std::size_t longest_file_system = 16; // its name
inline constexpr std::uint64_t most_mebibytes = std::uint64_t{64} << 20;
inline constexpr std::uint64_t most_cores = 1'000'000; // of one machine; what its host can give is less
inline constexpr std::uint64_t least_addresses = 2, most_addresses = 16'777'214;

// The root, which must have one of these names; the first one is what a message says was expected.
xml::Element parse_root(std::string_view body, std::initializer_list<std::string_view> names);

// "NAME is given twice".
void refuse_repeats(const xml::Element&, std::span<const std::string_view> names);

// The value that stands in the attribute or in the child, trimmed; nullopt when there is none or it is empty.
std::optional<std::string> value_of(const xml::Element&, std::string_view attribute, std::string_view child);

// NAME and, of all but a COMPUTE, DESCRIPTION, kept as they are. An empty one counts as none.
void read_title(const xml::Element& root, occi::Resource&);
void read_texts(const xml::Element& root, occi::Resource&);

// The id at the end of an href, or the id itself, in lower case.
std::string read_id(std::string_view href);

// Whole megabytes (2^20), as GiB. `what` is the subject of the message: "SIZE of the disk".
double read_gibibytes(std::string_view megabytes, std::string_view what);

// The dotted quad that must stand in element `name`, such as `example`.
std::string read_address(std::string_view text, std::string_view name, std::string_view example);

// Whether all of `text`, 1 to `most` characters, are ASCII letters, digits or among `others`.
bool is_word(std::string_view text, std::size_t most, std::string_view others) noexcept;

} // namespace render::opennebula
