#include "drivers/libvirt/guest_process.hh"

#include "agent/base/handle.hh"
#include "drivers/libvirt/diagnosis.hh"

#include <algorithm>
#include <array>
#include <fcntl.h>

namespace hv::libvirt {
namespace {

// The beginning of a small file that the kernel or libvirt wrote; empty when there is none.
std::string beginning_of(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    std::array<char, 512> text{};
    const auto size = file ? ::read(file.get(), text.data(), text.size()) : 0;
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

} // namespace

// libvirt admits no name with a slash in it.
std::optional<char> process_of(const std::filesystem::path& pid_folder, const std::string& domain) {
    if (pid_folder.empty() || domain.find('/') != domain.npos) return std::nullopt;
    const auto pid = pid_in(beginning_of(pid_folder / (domain + ".pid")));
    if (!pid) return std::nullopt;
    return state_in_stat(beginning_of("/proc/" + std::to_string(*pid) + "/stat"));
}

} // namespace hv::libvirt
