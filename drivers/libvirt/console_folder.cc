#include "drivers/libvirt/console_folder.hh"

#include "agent/base/error.hh"

#include <system_error>

namespace hv::libvirt {

void make_console_folder(const std::filesystem::path& path) {
    std::error_code failure;
    std::filesystem::create_directories(path, failure);
    // Not written to without need: the disk may be read-only, and reads are answered all the same.
    constexpr auto ours = std::filesystem::perms::owner_all;
    if (!failure && std::filesystem::status(path, failure).permissions() != ours && !failure)
        std::filesystem::permissions(path, ours, failure);
    if (failure)
        throw Error(Fault::unavailable, "cannot make the folder " + path.string() + ": " + failure.message());
}

} // namespace hv::libvirt
