#include "agent/service/compute/disk_plan.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/link_ends.hh"
#include "agent/service/storage/formats.hh"
#include "agent/service/units.hh"
#include "agent/service/users.hh"

#include <algorithm>

namespace service {
namespace {

namespace name = occi::name;

constexpr std::uint64_t most_disk = std::uint64_t{64} << 40;
constexpr std::size_t most_disks = 24, longest_mountpoint = 1024;
constexpr std::string_view devices = "/dev/";

hv::Disk own_disk(const occi::Link& link) {
    hv::Disk disk;
    disk.volume = new_uuid();
    disk.bytes = to_bytes(link.number(name::disk_size).value_or(0));
    if (disk.bytes == 0 || disk.bytes > most_disk)
        throw Error(Fault::invalid, "a swap or file system disk has from 1 byte to 64 TiB");
    if (link.string(name::disk_content).value_or("swap") == "swap") {
        disk.content = hv::Content::swap;
    } else {
        disk.content = hv::Content::filesystem;
        disk.filesystem = link.string(name::disk_filesystem).value_or("ext4");
        check_format(disk.filesystem);
    }
    return disk;
}

hv::Disk disk_of(const Uuid& storage, bool is_clone) {
    if (storage.empty()) throw Error(Fault::invalid, "a disk names no storage");
    hv::Disk disk;
    disk.content = is_clone ? hv::Content::image : hv::Content::storage;
    disk.volume = is_clone ? new_uuid() : storage;
    if (is_clone) disk.origin = storage;
    return disk;
}

std::string target_at(std::size_t index) {
    return std::string("vd") + static_cast<char>(static_cast<std::size_t>('a') + index);
}

// "vdb", or "" for any.
std::string wished_target(const occi::Link& link) {
    const auto wish = link.string(name::deviceid);
    if (!wish) return {};
    auto target = *wish;
    if (target.starts_with(devices)) target.erase(0, devices.size());
    for (std::size_t index = 0; index < most_disks; ++index)
        if (target == target_at(index)) return target;
    throw Error(Fault::invalid, "the device \"" + text::printable(*wish) + "\" of a disk is none of /dev/" +
                                    target_at(0) + " to /dev/" + target_at(most_disks - 1));
}

std::string free_target(const std::set<std::string>& taken) {
    for (std::size_t index = 0; index < most_disks; ++index)
        if (auto target = target_at(index); !taken.contains(target)) return target;
    throw Error(Fault::conflict, "a compute has at most " + std::to_string(most_disks) + " disks");
}

// ---- whose a storage is --------------------------------------------------------------------------------------------

const state::StorageRecord& storage_for(const hv::Disk& disk, const state::Snapshot& seen,
                                        const Claimed& others, const auth::Principal& who) {
    const auto id = storage_of(disk);
    const auto* storage = state::find(seen.storage_records, id);
    if (!storage || !who.may_see(state::whose(*storage)))
        throw Error(Fault::invalid, "there is no storage " + text::printable(id) + " for the disk");
    if (disk.content == hv::Content::storage && !who.may_change(state::whose(*storage)))
        throw Error(Fault::forbidden,
                    "storage " + id +
                        " is only shown to you: a disk can begin as a copy of it (mixin clone), "
                        "and cannot be it");
    if (storage->offline) throw Error(Fault::conflict, "storage " + id + " is offline");
    if (storage->phase == state::Phase::leaving || others.leaving.contains(id))
        throw Error(Fault::conflict, "storage " + id + " is being removed or changed");
    if (storage->phase == state::Phase::failed)
        throw Error(Fault::conflict, "storage " + id + " failed: " + storage->message);
    return *storage;
}

// Whatever writes to the origin of a clone corrupts the clone.
void refuse_shared(const hv::Disk& disk, const Claimed& others, const Users& users) {
    const auto id = storage_of(disk);
    if (const auto* user = holder_among(users))
        throw Error(Fault::conflict, "storage " + id + " is attached to " + user->name);
    if (others.attached.contains(id))
        throw Error(Fault::conflict, "storage " + id + " is being attached to a compute");
    if (disk.content != hv::Content::storage) return;
    if (others.copied.contains(id)) throw Error(Fault::conflict, "storage " + id + " is being copied");
    if (const auto* user = clone_among(users))
        throw Error(Fault::conflict,
                    "storage " + id + " cannot be attached: " + user->name +
                        (user->machine.empty() ? " is a clone of it" : " has a clone of it"));
    if (others.used.contains(id))
        throw Error(Fault::conflict, "storage " + id + " is being cloned for a compute");
}

void refuse_twice(const std::vector<hv::Disk>& disks) {
    std::multiset<Uuid> storages;
    for (const auto& disk : disks)
        if (const auto id = storage_of(disk); !id.empty()) storages.insert(id);
    for (const auto& disk : disks)
        if (disk.content == hv::Content::storage && storages.count(disk.volume) > 1)
            throw Error(Fault::conflict,
                        "storage " + disk.volume + " cannot be attached twice, or attached and cloned");
}

} // namespace

hv::Disk plan_disk(const occi::Link& link, const occi::Model::Known& known) {
    const bool is_clone = link.has(*known.clone), is_own = link.has(*known.ephemeral_disk);
    if (is_clone && is_own)
        throw Error(Fault::invalid, "a disk that begins as a storage cannot be an ephemeral one");
    auto disk = is_own ? own_disk(link) : disk_of(end_at(link.target, *known.storage), is_clone);
    disk.target = wished_target(link);
    disk.title = link.string(name::title).value_or("");
    disk.mountpoint = link.string(name::mountpoint).value_or("");
    if (disk.mountpoint.size() > longest_mountpoint || text::printable(disk.mountpoint) != disk.mountpoint)
        throw Error(Fault::invalid, "a mount point is at most " + std::to_string(longest_mountpoint) +
                                        " printable characters");
    return disk;
}

void settle_targets(std::vector<hv::Disk>& disks, std::set<std::string> taken) {
    for (const auto& disk : disks)
        if (!disk.target.empty() && !taken.insert(disk.target).second)
            throw Error(Fault::conflict, std::string(devices) + disk.target + " is taken");
    for (auto& disk : disks) {
        if (!disk.target.empty()) continue;
        disk.target = free_target(taken);
        taken.insert(disk.target);
    }
}

std::vector<hv::Disk> plan_disks(const std::vector<occi::Link>& links, const occi::Model::Known& known) {
    std::vector<hv::Disk> disks;
    disks.reserve(links.size());
    for (const auto& link : links) disks.push_back(plan_disk(link, known));
    settle_targets(disks, {});
    std::ranges::sort(disks, {}, &hv::Disk::target);
    return disks;
}

void check_disks(std::vector<hv::Disk>& disks, const state::Snapshot& seen, const Claimed& others,
                 const std::map<Uuid, Users>& users, const auth::Principal& who) {
    refuse_twice(disks);
    for (auto& disk : disks) {
        const auto id = storage_of(disk);
        if (id.empty()) continue;
        disk.bytes = storage_for(disk, seen, others, who).bytes;
        const auto found = users.find(id);
        refuse_shared(disk, others, found == users.end() ? Users() : told_to(who, seen, found->second));
    }
}

std::set<Uuid> storages_of(const std::vector<hv::Disk>& disks) {
    std::set<Uuid> storages;
    for (const auto& disk : disks)
        if (auto id = storage_of(disk); !id.empty()) storages.insert(std::move(id));
    return storages;
}

bool is_wanted(const hv::Disk& wanted, const hv::Disk& there) {
    if (const auto storage = storage_of(there); !storage.empty())
        return storage_of(wanted) == storage &&
               (wanted.content == there.content || there.content == hv::Content::storage);
    return wanted.content == there.content && wanted.filesystem == there.filesystem &&
           wanted.bytes == there.bytes;
}

} // namespace service
