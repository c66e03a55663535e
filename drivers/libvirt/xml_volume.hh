#pragma once
// The XML of libvirt for our storage pool and for the volumes that libvirt makes in it.
//
// Threads: pure functions.

#include "drivers/driver.hh"

#include <filesystem>
#include <string>
#include <string_view>

namespace hv::libvirt {

std::string pool_xml(const std::string& name, const std::filesystem::path& directory);
// The directory of a pool, as libvirt describes it; empty when it is of a kind without one.
std::filesystem::path directory_of_pool(std::string_view xml);

std::string raw_volume_xml(const Uuid&, std::uint64_t bytes);
// As large as `base`, and begins as it.
std::string clone_xml(const Uuid&, const Volume& base, std::uint64_t bytes = 0); // never smaller than base

} // namespace hv::libvirt
