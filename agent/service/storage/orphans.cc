// Storages as to what lies in the pool beside them: it is listed, becomes a storage, or goes; only an administrator
// sees it.
#include "agent/service/storage/orphans.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/named_uuid.hh"
#include "agent/base/text.hh"
#include "agent/service/storage/room.hh"
#include "agent/service/storage/storages.hh"
#include "agent/service/submit.hh"
#include "agent/service/users.hh"
#include "agent/state/whereabouts.hh"
#include "drivers/image/probe.hh"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace service {
namespace {

constexpr auto space = "5c1d1a30-7c0e-4c57-9d6c-0f5d6c0a9e11"; // of the ids of orphans

Uuid id_of(const hv::Stray& stray) { return named_uuid(space, stray.name); }

std::string called(const hv::Stray& stray) { return "the file " + text::printable(stray.name); }

bool ends_in(const hv::Stray& stray, std::string_view ending) { return stray.name.ends_with(ending); }

// What it would be by its name.
std::optional<Uuid> volume_in(const hv::Stray& stray) {
    const auto id = std::filesystem::path(stray.name).stem().string();
    const bool is_volume = is_uuid(id) && (ends_in(stray, ".raw") || ends_in(stray, ".qcow2"));
    return is_volume ? std::optional(Uuid(id)) : std::nullopt;
}

// libvirt calls a snapshot like the volume that it is on, with the name of the snapshot as ending.
bool is_snapshot(const hv::Stray& stray) {
    constexpr std::size_t length = 36; // of a UUID
    return stray.chain.size() > 1 && !ends_in(stray, ".raw") && stray.name.size() > length &&
           stray.name[length] == '.' && is_uuid(stray.name.substr(0, length));
}

// By its name alone: its bytes may be a guest's, who makes them say anything.
hv::Format format_of(const hv::Stray& stray) {
    return ends_in(stray, ".qcow2") || is_snapshot(stray) ? hv::Format::qcow2 : hv::Format::raw;
}

std::string name_of(hv::Format format) { return format == hv::Format::qcow2 ? "qcow2" : "raw"; }

std::string reason_of(const hv::Stray& stray) {
    if (stray.chain.size() > 1)
        return "a snapshot on top of " + std::filesystem::path(stray.chain[1].path).filename().string() +
               ", which no machine uses";
    if (volume_in(stray))
        return stray.chain.empty() ? "it has the name of a volume, and is no whole one or not the only one"
                                   : "it has the name of a volume, and nobody has a record of it";
    return "it was not made by the agent, and no machine uses it";
}

// A whole volume by its name, of which nothing and nobody has a record.
bool is_unrecorded(const Context& context, const state::Snapshot& seen, const Uuid& id) {
    return seen.why_foreign.empty() && !seen.storage_records.contains(id) && !user_of_volume(seen, id) &&
           !context.operations.mentions(id);
}

// It, and what is behind it as far as the pool knows.
std::vector<hv::Layer> layers_of(const std::vector<hv::Volume>& volumes, const hv::Volume& volume) {
    std::vector<hv::Layer> layers{{volume.path, volume.format}};
    for (auto next = volume.backing; !next.empty() && layers.size() <= volumes.size();) {
        const auto found = std::ranges::find(volumes, next, &hv::Volume::id);
        if (found == volumes.end()) return {};
        layers.push_back({found->path, found->format});
        next = found->backing;
    }
    return layers;
}

// What lies in the pool and is nobody's: what has no name of a volume, and copies of volumes that others have made
// under names like ours.
std::vector<hv::Stray> all_strays(Context& context) {
    auto& storage = context.host.storage();
    auto strays = storage.strays();
    const auto volumes = storage.list();
    const auto seen = context.inventory.now();
    for (const auto& volume : volumes) {
        if (!is_unrecorded(context, *seen, volume.id)) continue;
        if (!seen->volumes.contains(volume.id))
            context.inventory.reread_volume(volume.id); // nobody tells of it
        strays.push_back({std::filesystem::path(volume.path).filename(), volume.path, volume.bytes,
                          volume.allocated, layers_of(volumes, volume)});
    }
    return strays;
}

bool leads_to(const hv::Stray& stray, const std::string& path) {
    return std::ranges::find(stray.chain, path, &hv::Layer::path) != stray.chain.end();
}

// Of a machine that others have undefined nobody but us knows the disks.
std::optional<Uuid> undefined_machine_with(const Context& context, const hv::Stray& stray) {
    const auto seen = context.inventory.now();
    for (const auto& [id, record] : seen->compute_records) {
        if (!state::is_undefined(*seen, id)) continue;
        const auto whereabouts = context.inventory.whereabouts_of_undefined(id);
        for (const auto& disk : record->spec.disks)
            if (!disk.volume.empty() && (state::place_of(whereabouts, disk.volume) == stray.path ||
                                         stray.name.starts_with(disk.volume + '.')))
                return id;
    }
    return std::nullopt;
}

hv::Stray free_stray(Context& context, const Uuid& id) {
    const auto strays = all_strays(context);
    const auto found = std::ranges::find(strays, id, id_of);
    if (found == strays.end()) throw Error(Fault::not_found, "there is no such orphan");
    const auto& stray = *found;
    const auto used = ask_users(context, std::vector{stray});
    if (const auto users = used.find(stray.path); users != used.end())
        throw Error(Fault::conflict, called(stray) + " is used by " + users->second.front().name);
    if (const auto volume = volume_in(stray))
        if (const auto users = ask_users(context, *volume); !users.empty())
            throw Error(Fault::conflict, called(stray) + " is used by " + users.front().name);
    if (const auto machine = undefined_machine_with(context, stray))
        throw Error(Fault::conflict, called(stray) + " is a disk of compute " + *machine +
                                         ", which others have undefined: start or delete that first");
    for (const auto& other : strays)
        if (other.name != stray.name && leads_to(other, stray.path))
            throw Error(Fault::conflict,
                        called(stray) + " is what " + called(other) + " lies on: adopt or remove that first");
    return stray;
}

// Which file that is, and whether anybody has written to it since.
struct Imprint {
    dev_t device;
    ino_t number;
    off_t size;
    time_t seconds;
    long nanoseconds;
    bool operator==(const Imprint&) const = default;
};

Imprint imprint_of(Context& context, const hv::Stray& stray) {
    const auto file = context.host.storage().open(stray.name);
    struct stat seen {};
    if (::fstat(file.get(), &seen) != 0) throw Error(Fault::unavailable, "cannot look at " + called(stray));
    return {seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtim.tv_sec, seen.st_mtim.tv_nsec};
}

// Whether there is one file of the name or two is the pool's to say.
void take_away(Context& context, const hv::Stray& stray) {
    const auto volume = volume_in(stray);
    if (!volume || stray.chain.empty()) return context.host.storage().discard(stray.name);
    context.host.storage().remove(*volume);
    context.inventory.reread_volume(*volume);
}

void refuse_while_adopted(const Context& context, const Uuid& orphan) {
    if (context.operations.mentions(orphan))
        throw Error(Fault::conflict, "the orphan is being adopted already");
}

struct Looked {
    Descriptor file;
    std::uint64_t bytes = 0; // as a guest sees it
    std::uint64_t allocated = 0;
};

std::uint64_t whole_sectors(const hv::Stray& stray, int file) {
    constexpr std::uint64_t sector = 512;
    struct stat seen {};
    if (::fstat(file, &seen) != 0 || seen.st_size <= 0)
        throw Error(Fault::invalid, called(stray) + " is empty");
    return (static_cast<std::uint64_t>(seen.st_size) + sector - 1) / sector * sector;
}

void refuse_doubt(const hv::Stray& stray, hv::Format by_bytes) {
    if (const auto by_name = format_of(stray); by_name != by_bytes)
        throw Error(Fault::conflict, called(stray) + " is " + name_of(by_name) + " by its name and " +
                                         name_of(by_bytes) +
                                         " by its bytes: let its name end in .raw or .qcow2, as it is meant");
}

// One that is called raw is its bytes, whatever they say. Of others nobody has vouched for these: they are looked
// at like any other original's, and have to say what the name says.
Looked look_into(Context& context, const hv::Stray& stray, const image::Effort& effort) {
    Looked looked{context.host.storage().open(stray.name), 0, stray.allocated};
    if (ends_in(stray, ".raw")) {
        looked.bytes = whole_sectors(stray, looked.file.get());
        return looked;
    }
    if (!stray.chain.empty()) refuse_doubt(stray, hv::Format::qcow2);
    const auto found = image::probe(looked.file.get(), called(stray), effort);
    refuse_doubt(stray, found.kind == image::Kind::qcow2 ? hv::Format::qcow2 : hv::Format::raw);
    looked.bytes = found.virtual_bytes;
    looked.allocated = found.allocated_bytes;
    return looked;
}

// What it leads to is followed only when it has said that it leads somewhere.
bool is_chain(const hv::Stray& stray) {
    return stray.chain.size() > 1 && format_of(stray) == hv::Format::qcow2;
}

} // namespace

std::vector<Orphan> Storages::orphans() const {
    const auto strays = all_strays(context_);
    const auto used = ask_users(context_, strays);
    std::vector<Orphan> all;
    for (const auto& stray : strays)
        if (!used.contains(stray.path))
            all.push_back({id_of(stray), stray.name, stray.bytes, stray.allocated, name_of(format_of(stray)),
                           reason_of(stray)});
    std::ranges::sort(all, {}, &Orphan::name);
    return all;
}

Made Storages::adopt(const Uuid& orphan, const Terms& terms) {
    look_connected(context_);
    refuse_while_adopted(context_, orphan);
    const auto stray = free_stray(context_, orphan);
    state::StorageRecord record;
    record.id = new_uuid();
    record.owner = terms.who.name;
    record.group = terms.who.group;
    record.title = text::printable(stray.name, 255);
    if (is_chain(stray)) {
        record.bytes = stray.bytes;
        check_room(stray.bytes);
    } else {
        const auto looked = look_into(context_, stray, image::quickly());
        record.bytes = looked.bytes;
        check_room(looked.allocated);
    }
    check_size(context_, record.bytes);
    offer_as_template(record);
    const std::lock_guard deciding(records_); // of those who want the same one, one gets it
    refuse_while_adopted(context_, orphan);
    context_.inventory.put(record);
    try {
        return {record.id,
                submit(context_, KindOfOperation::adopt_storage, record.id, terms, Source{orphan})};
    } catch (...) {
        context_.inventory.drop_storage(record.id);
        throw;
    }
}

// A copy that nobody else has open, and then the original goes: unless somebody has begun to use it, has written to it
// or has replaced it meanwhile.
void Storages::take_in(const state::Operation& operation, state::Task& task) {
    auto& storage = context_.host.storage();
    const auto orphan = plan_of<Source>(operation).name;
    const auto stray = free_stray(context_, orphan);
    const auto before = imprint_of(context_, stray);
    const auto all = std::max<std::uint64_t>(stray.bytes, 1);
    const auto progress = [&](std::uint64_t done) {
        task.progress(static_cast<unsigned>(std::min(done, all) * 100 / all));
    };
    if (is_chain(stray)) {
        storage.flatten(operation.target, stray.chain, progress, task.stop());
    } else {
        const auto looked = look_into(context_, stray, image::wholly(task.stop()));
        storage.import(operation.target, format_of(stray), looked.file.get(), looked.bytes, progress,
                       task.stop());
    }
    if (free_stray(context_, orphan).chain != stray.chain || imprint_of(context_, stray) != before)
        throw Error(Fault::conflict, called(stray) + " was changed while it was copied: it stays as it is");
    take_away(context_, stray);
}

state::OperationKind Storages::kind_of_adoption() {
    return creation(
        KindOfOperation::adopt_storage, "copy",
        [this](const state::Operation& operation, state::Task& task) { take_in(operation, task); }, true);
}

void Storages::discard(const Uuid& orphan, const Terms& terms) {
    look_connected(context_);
    refuse_while_adopted(context_, orphan);
    const auto stray = free_stray(context_, orphan);
    take_away(context_, stray);
    logging::info("removed {} from the pool, as {} has asked", text::printable(stray.name), terms.who.name);
}

} // namespace service
