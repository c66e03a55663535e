#include "agent/service/compute/compute_record.hh"

#include <algorithm>

namespace service {
namespace {

// What a device is known by.
const Uuid& key_of(const hv::Disk& disk) noexcept { return disk.volume; }
const std::string& key_of(const hv::Nic& nic) noexcept { return nic.mac; }

template <class Device> auto find_device(std::vector<Device>& devices, const Device& wanted) {
    return std::ranges::find_if(devices, [&](const Device& each) { return key_of(each) == key_of(wanted); });
}

template <class Device> const Device* find_in(const std::vector<Device>& devices, const Device& wanted) {
    const auto found =
        std::ranges::find_if(devices, [&](const Device& each) { return key_of(each) == key_of(wanted); });
    return found == devices.end() ? nullptr : &*found;
}

template <class Device>
void take_over(std::vector<Device>& recorded, const std::vector<Device>& shown,
               const std::vector<Device>& more, const std::vector<Device>& less) {
    for (const auto& device : more)
        if (const auto* there = find_in(shown, device)) {
            const auto known = find_device(recorded, device);
            if (known == recorded.end())
                recorded.push_back(*there);
            else
                *known = *there;
        }
    for (const auto& device : less)
        if (!find_in(shown, device))
            std::erase_if(recorded, [&](const Device& each) { return key_of(each) == key_of(device); });
}

void take_sizes(std::vector<hv::Disk>& recorded, const std::vector<hv::Disk>& shown) {
    for (auto& disk : recorded)
        if (const auto* there = find_in(shown, disk)) disk.bytes = there->bytes;
}

} // namespace

void fill_in(hv::MachineSpec& recorded, const hv::MachineSpec& shown) {
    if (recorded.arch.empty()) recorded.arch = shown.arch;
    take_sizes(recorded.disks, shown.disks);
}

void take_over(hv::MachineSpec& recorded, const hv::MachineSpec& shown, const Wish& wish, bool done) {
    if (done) recorded = fulfilled(wish, std::move(recorded));
    recorded.title = shown.title;
    recorded.arch = shown.arch;
    recorded.cores = shown.cores;
    recorded.memory = shown.memory;
    recorded.shares = shown.shares;
    take_sizes(recorded.disks, shown.disks);
}

void take_over(hv::MachineSpec& recorded, const hv::MachineSpec& shown, const DeviceChange& change) {
    take_over(recorded.disks, shown.disks, change.more.disks, change.less.disks);
    take_over(recorded.nics, shown.nics, change.more.nics, change.less.nics);
}

} // namespace service
