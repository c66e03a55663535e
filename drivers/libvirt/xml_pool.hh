#pragma once
// The XML of libvirt for our storage pool, and what its capabilities say of who runs guests.
//
// Threads: pure functions.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace hv::libvirt {

std::string pool_xml(const std::string& name, const std::filesystem::path& directory);
// The directory of a pool, as libvirt describes it; empty when it is of a kind without one.
std::filesystem::path directory_of_pool(std::string_view xml);

// The user that QEMU runs as, where the capabilities of a host tell; not root.
std::optional<uid_t> user_of_guests(std::string_view capabilities);

} // namespace hv::libvirt
