#pragma once
// What a client wants of a machine beside its disks and NICs, checked: names, sizes, architecture, share, what its
// guest is to be told. The same for one that is to be made and for one that is there.
//
// Threads: any; pure functions.

#include "agent/occi/model.hh"
#include "drivers/contract/machine.hh"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace service {

namespace note {
inline constexpr auto type = "type"; // the instance type's name
inline constexpr auto hostname = "hostname";
inline constexpr auto summary = "summary";
} // namespace note

// Only what the client says.
struct Wish {
    std::optional<std::string> title;
    std::optional<std::string> arch; // as the hypervisor says it: "i686"
    std::optional<unsigned> cores, shares;
    std::optional<std::uint64_t> memory;                // bytes
    std::optional<std::uint64_t> disk;                  // bytes of the disk that boots, at least
    bool sizes_are_own = false;                         // named by the client, and by no template
    std::map<std::string, std::string> notes;           // what is empty is to go
    std::map<std::string, std::string> device_titles{}; // of disks, by volume, and of NICs, by MAC; likewise
    auto operator<=>(const Wish&) const = default;
};

// Throws Error{invalid} that names what is wrong in words of people: clients of OCCI and of OpenNebula's XML read it;
// Error{conflict} of the context (context.hh).
Wish wish_of(const occi::Resource& wanted, const occi::Model&);

// The wish to be of that instance type.
Wish wish_for(const occi::Mixin& resource_template);

// The spec after the wish has come true. A machine whose sizes a client names is of no type any more, unless the type
// leaves the sizes open.
hv::MachineSpec fulfilled(const Wish&, hv::MachineSpec);

// The first disk, when the wish wants it larger than it is; nullptr otherwise.
const hv::Disk* disk_to_grow(const Wish&, const hv::MachineSpec&) noexcept;

} // namespace service
