#include "agent/state/whereabouts.hh"

#include "agent/base/text.hh"

#include <algorithm>
#include <filesystem>

namespace state {

// libvirt names a snapshot like the file that it is on, with another ending.
bool is_on_its_volume(const hv::Disk& disk) {
    if (disk.volume.empty() || disk.layers.empty()) return true;
    const auto& top = disk.layers.front();
    return std::filesystem::path(top.path).filename().string() ==
           disk.volume + (top.format == hv::Format::qcow2 ? ".qcow2" : ".raw");
}

// A line for each: the volume, a space, the path. A path with a line break in it would not be found again, and so is
// a place that nobody knows.
std::string whereabouts_of(const hv::MachineSpec& spec) {
    std::string all;
    for (const auto& disk : spec.disks) {
        if (is_on_its_volume(disk)) continue;
        auto path = disk.layers.front().path;
        std::ranges::replace(path, '\n', '?');
        all += disk.volume + ' ' + path + '\n';
    }
    return all;
}

std::optional<std::string> place_of(const std::string& whereabouts, const Uuid& volume) {
    for (const auto& line : text::split(whereabouts, '\n'))
        if (line.starts_with(volume + ' ')) return std::string(line.substr(volume.size() + 1));
    return std::nullopt;
}

} // namespace state
