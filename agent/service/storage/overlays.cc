#include "agent/service/storage/overlays.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/service/users.hh"
#include "agent/state/whereabouts.hh"

#include <algorithm>
#include <filesystem>

namespace service {
namespace {

bool is_volume(const hv::Layer& layer, const Uuid& id) {
    const auto name = std::filesystem::path(layer.path).filename().string();
    return name == id + (layer.format == hv::Format::qcow2 ? ".qcow2" : ".raw");
}

bool is_on_top_of(const hv::Stray& stray, const Uuid& volume) {
    return std::ranges::any_of(stray.chain, [&](const hv::Layer& layer) {
        return layer.path != stray.path && is_volume(layer, volume);
    });
}

// libvirt names a snapshot like the file that it is on, with another ending.
bool is_snapshot_of(const hv::Stray& stray, const Uuid& volume) {
    return stray.name.starts_with(volume + '.') && !stray.name.ends_with(".raw") &&
           is_on_top_of(stray, volume);
}

std::vector<hv::Stray> strays_on(Context& context, const Uuid& volume) {
    auto strays = context.host.storage().strays();
    std::erase_if(strays, [&](const hv::Stray& stray) { return !is_on_top_of(stray, volume); });
    return strays;
}

} // namespace

bool has_overlays(const hv::Disk& disk) { return !state::is_on_its_volume(disk); }

std::vector<hv::Layer> chain_of(Context& context, const hv::Disk& disk) {
    const auto& top = disk.layers.front().path;
    if (disk.layers.size() > 1) return disk.layers;
    for (const auto& stray : context.host.storage().strays())
        if (stray.path == top && !stray.chain.empty()) return stray.chain;
    throw Error(Fault::conflict, "the disk " + disk.target + " is on the file " + text::printable(top) +
                                     ", which is not in the pool with all that is behind it: merge it first "
                                     "(virsh blockcommit)");
}

std::uint64_t bytes_seen_on(Context& context, const hv::Disk& disk, const hv::Volume& volume) {
    if (has_overlays(disk))
        for (const auto& stray : context.host.storage().strays())
            if (stray.path == disk.layers.front().path) return stray.bytes;
    return volume.bytes;
}

std::optional<Covered> overlays_on(Context& context, const Uuid& volume) {
    for (const auto& user : ask_users(context, volume)) {
        const auto machine = user.ours ? context.host.compute().find(user.machine) : std::nullopt;
        if (!machine) continue;
        for (const auto& disk : machine->spec.disks)
            if (disk.volume == volume && has_overlays(disk))
                return Covered{user.machine, disk, is_in_memory(*machine)};
    }
    return std::nullopt;
}

void refuse_left_overlays(Context& context, const Uuid& volume) {
    const auto strays = strays_on(context, volume);
    if (strays.empty()) return;
    const auto used = ask_users(context, strays);
    for (const auto& stray : strays)
        if (!used.contains(stray.path))
            throw Error(Fault::conflict, "volume " + volume + " has the snapshot " +
                                             text::printable(stray.name) +
                                             " on top of it, which no machine uses: adopt or remove that "
                                             "first, at /-/orphans");
}

namespace {

void put_on(hv::Disk& disk, const hv::Stray& top) {
    disk.layers = top.chain;
    disk.bytes = top.bytes;
}

void put_back_on(Context& context, hv::Disk& disk, const std::string& path) {
    for (const auto& stray : context.host.storage().strays())
        if (stray.path == path && is_on_top_of(stray, disk.volume)) return put_on(disk, stray);
    throw Error(Fault::conflict,
                "the disk " + disk.target + " was on the file " + text::printable(path, 4096) +
                    " when others undefined the machine, and that is not in the pool on top of "
                    "its volume " +
                    disk.volume + ": define the machine again by hand, or delete it");
}

} // namespace

void put_overlays_back(Context& context, hv::Disk& disk, const std::string& whereabouts) {
    if (const auto place = state::place_of(whereabouts, disk.volume))
        return put_back_on(context, disk, *place);
    auto tops = strays_on(context, disk.volume);
    std::erase_if(tops, [&](const hv::Stray& stray) { return !is_snapshot_of(stray, disk.volume); });
    const auto all = tops;
    std::erase_if(tops, [&](const hv::Stray& stray) {
        return std::ranges::any_of(all, [&](const hv::Stray& other) {
            return other.name != stray.name &&
                   std::ranges::find(other.chain, stray.path, &hv::Layer::path) != other.chain.end();
        });
    });
    if (tops.empty()) return;
    if (tops.size() > 1)
        throw Error(Fault::conflict, "volume " + disk.volume + " has several snapshots on top of it (" +
                                         text::printable(tops[0].name) + ", " +
                                         text::printable(tops[1].name) +
                                         "): adopt or remove all but one, at /-/orphans");
    put_on(disk, tops.front());
}

void remove_overlays(Context& context, const Uuid& volume) {
    const auto strays = strays_on(context, volume);
    if (strays.empty()) return;
    const auto used = ask_users(context, strays);
    for (const auto& stray : strays) {
        const auto users = used.find(stray.path);
        if (users != used.end() || !is_snapshot_of(stray, volume)) {
            logging::warning("{}, which is on top of volume {}, stays: {}", text::printable(stray.name),
                             volume,
                             users == used.end() ? "it is not named as a snapshot of that"
                                                 : users->second.front().name + " uses it");
            continue;
        }
        context.host.storage().discard(stray.name);
        logging::info("removed {}, which others had put on top of volume {}", text::printable(stray.name),
                      volume);
    }
}

} // namespace service
