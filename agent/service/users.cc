#include "agent/service/users.hh"

#include "agent/base/answering.hh"

#include <algorithm>
#include <filesystem>

namespace service {
namespace {

// The first compute, of the hypervisor or of our records, whose spec fits. A failed one holds nothing; of one that is
// ready the hypervisor tells.
template <class F> std::optional<Uuid> first_user(const state::Snapshot& seen, F&& uses) {
    for (const auto& [id, machine] : seen.machines)
        if (uses(machine->spec)) return id;
    for (const auto& [id, record] : seen.compute_records)
        if (record->phase != state::Phase::failed && state::record_alone(seen, id) && uses(record->spec))
            return id;
    return std::nullopt;
}

bool has_nic_on(const hv::MachineSpec& spec, const Uuid& network) {
    return std::ranges::any_of(spec.nics, [&](const hv::Nic& nic) { return nic.network == network; });
}

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

// ---- users of volumes -----------------------------------------------------------------------------------------------

User user_in(const state::Snapshot& seen, const Uuid& id, const std::string& name) {
    User user;
    user.machine = id;
    const auto* machine = state::find(seen.machines, id);
    user.ours = (machine && machine->ours) || state::find(seen.compute_records, id);
    user.in_memory = machine && is_in_memory(*machine);
    user.saved = machine && machine->state == hv::MachineState::saved;
    user.name = user.ours ? "compute " + id : "the domain " + quoted(name) + " (" + id + ") of others";
    return user;
}

void add(Users& users, User user) {
    const auto known = std::ranges::find_if(users, [&](const User& each) {
        return each.machine == user.machine && each.is_clone == user.is_clone && each.name == user.name;
    });
    if (known == users.end()) users.push_back(std::move(user));
}

// What a spec says of that volume; nullopt: nothing.
std::optional<bool> is_clone_in(const hv::MachineSpec& spec, const Uuid& volume) {
    for (const auto& disk : spec.disks) {
        if (disk.volume == volume) return false;
        if (disk.origin == volume) return true;
    }
    return std::nullopt;
}

void add_by_spec(Users& users, const state::Snapshot& seen, const Uuid& id, const std::string& name,
                 const hv::MachineSpec& spec, const Uuid& volume) {
    const auto clone = is_clone_in(spec, volume);
    if (!clone) return;
    auto user = user_in(seen, id, name);
    user.is_clone = *clone;
    add(users, std::move(user));
}

// What only we know: machines that are not there yet or not any more, and whose own volume it is when somebody has
// pulled it out.
void add_records(Users& users, const state::Snapshot& seen, const Uuid& volume) {
    for (const auto& [id, record] : seen.compute_records) {
        if (record->phase == state::Phase::failed) continue;
        if (state::record_alone(seen, id))
            add_by_spec(users, seen, id, "", record->spec, volume);
        else if (std::ranges::any_of(record->spec.disks, [&](const hv::Disk& disk) {
                     return disk.volume == volume && disk.content != hv::Content::storage;
                 }))
            add(users, user_in(seen, id, ""));
    }
}

void add_clone(Users& users, const state::Snapshot& seen, const Uuid& clone) {
    const auto owner = user_of_volume(seen, clone);
    auto user = owner ? user_in(seen, *owner, "") : User();
    if (!owner) user.name = "volume " + clone;
    user.is_clone = true;
    add(users, std::move(user));
}

// By what they are clones of. Others put files into the pool, too, and take some away; a thread that answers a
// request does not wait for its disk: what is freed or changed then is asked about once more by the operation that
// does it.
using Clones = std::vector<std::pair<Uuid, Uuid>>;

Clones clones_now(Context& context) {
    Clones clones;
    if (answering::is_this_thread()) {
        const auto seen = look(context);
        for (const auto& [id, volume] : seen->volumes) clones.emplace_back(volume->backing, id);
    } else {
        for (const auto& volume : context.host.storage().list())
            clones.emplace_back(volume.backing, volume.id);
    }
    return clones;
}

using Behind = std::map<std::string, std::vector<Uuid>>;

Behind files_of(Context& context, const std::vector<hv::Holding>& holdings) {
    std::vector<std::string> files;
    for (const auto& holding : holdings)
        for (const auto& medium : holding.media)
            files.insert(files.end(), medium.files.begin(), medium.files.end());
    std::ranges::sort(files);
    files.erase(std::unique(files.begin(), files.end()), files.end());
    return files.empty() ? Behind() : context.host.storage().behind(files);
}

// By volume: whether it is beneath others. Of a chain that a guest writes to only the uppermost file is the disk
// itself.
std::map<Uuid, bool> volumes_of(const hv::Holding::Medium& medium, const Behind& behind) {
    std::map<Uuid, bool> volumes;
    for (std::size_t layer = 0; layer < medium.files.size(); ++layer) {
        const auto found = behind.find(medium.files[layer]);
        if (found == behind.end()) continue;
        for (std::size_t depth = 0; depth < found->second.size(); ++depth)
            if (const auto& id = found->second[depth]; !id.empty())
                volumes.emplace(id, layer > 0 || depth > 0);
    }
    return volumes;
}

// As hv::Storage::behind does: one that is named like a volume has that id, though it is no whole one.
std::string called(const hv::Stray& stray) {
    const std::filesystem::path name(stray.name);
    const auto id = name.stem().string(), ending = name.extension().string();
    return is_uuid(id) && (ending == ".raw" || ending == ".qcow2") ? id : stray.path;
}

} // namespace

std::map<Uuid, Users> ask_users(Context& context, const std::set<Uuid>& volumes) {
    std::map<Uuid, Users> all;
    if (volumes.empty()) return all;
    const auto holdings = context.host.compute().holdings();
    const auto behind = files_of(context, holdings);
    const auto clones = clones_now(context);
    const auto seen = look(context);
    for (const auto& holding : holdings)
        for (const auto& medium : holding.media)
            for (const auto& [volume, is_clone] : volumes_of(medium, behind)) {
                if (!volumes.contains(volume)) continue;
                auto user = user_in(*seen, holding.id, holding.name);
                user.is_clone = is_clone;
                user.in_memory = holding.in_memory;
                add(all[volume], std::move(user));
            }
    for (const auto& volume : volumes) add_records(all[volume], *seen, volume);
    for (const auto& [base, clone] : clones)
        if (volumes.contains(base)) add_clone(all[base], *seen, clone);
    return all;
}

std::map<std::string, Users> ask_users(Context& context, const std::vector<hv::Stray>& strays) {
    std::set<Uuid> asked;
    for (const auto& stray : strays) asked.insert(called(stray));
    const auto found = ask_users(context, asked);
    std::map<std::string, Users> all;
    for (const auto& stray : strays)
        if (const auto users = found.find(called(stray)); users != found.end() && !users->second.empty())
            all.emplace(stray.path, users->second);
    return all;
}

Users ask_users(Context& context, const Uuid& volume) {
    return std::move(ask_users(context, std::set<Uuid>{volume})[volume]);
}

Users shown_users(const state::Snapshot& seen, const Uuid& volume) {
    Users users;
    for (const auto& [id, machine] : seen.machines)
        add_by_spec(users, seen, id, machine->name, machine->spec, volume);
    add_records(users, seen, volume);
    for (const auto& [id, each] : seen.volumes)
        if (each->backing == volume) add_clone(users, seen, id);
    return users;
}

std::string told_to(const auth::Principal& who, const state::Snapshot& seen, const User& user) {
    const auto* record = state::find(seen.compute_records, user.machine);
    const auto* machine = state::find(seen.machines, user.machine);
    const auto of = record ? state::whose(*record) : machine ? state::whose(machine->spec) : Ownership();
    if (who.may_see(of)) return user.name;
    return user.machine.empty() ? "a volume of somebody else" : "a compute of somebody else";
}

Users told_to(const auth::Principal& who, const state::Snapshot& seen, Users users) {
    for (auto& user : users) user.name = told_to(who, seen, user);
    return users;
}

const User* clone_among(const Users& users) noexcept {
    const auto found = std::ranges::find(users, true, &User::is_clone);
    return found == users.end() ? nullptr : &*found;
}

const User* holder_among(const Users& users, const Uuid& but) noexcept {
    const auto found = std::ranges::find_if(
        users, [&](const User& user) { return !user.is_clone && (but.empty() || user.machine != but); });
    return found == users.end() ? nullptr : &*found;
}

std::optional<Uuid> user_of_volume(const state::Snapshot& seen, const Uuid& volume) {
    const auto is_its_own = [&](const hv::MachineSpec& spec) {
        return std::ranges::any_of(spec.disks, [&](const hv::Disk& disk) {
            return disk.content != hv::Content::storage && disk.volume == volume;
        });
    };
    // Also when somebody has pulled it out of the machine.
    for (const auto& [id, record] : seen.compute_records)
        if (record->phase == state::Phase::ready && is_its_own(record->spec)) return id;
    return first_user(seen, is_its_own);
}

Uuid storage_of(const hv::Disk& disk) {
    return disk.content == hv::Content::storage ? disk.volume : disk.origin;
}

// ---- users of networks ----------------------------------------------------------------------------------------------

bool is_in_memory(const hv::Machine& machine) noexcept {
    return machine.state != hv::MachineState::off && machine.state != hv::MachineState::saved;
}

std::optional<Uuid> user_of_network(const state::Snapshot& seen, const Uuid& network) {
    return first_user(seen, [&](const hv::MachineSpec& spec) { return has_nic_on(spec, network); });
}

std::optional<User> ask_user_of_network(Context& context, const Uuid& network) {
    const auto holdings = context.host.compute().holdings();
    const auto seen = look(context);
    const auto* known = state::find(seen->networks, network);
    // A bridge that was there before is everybody's.
    const auto bridge = known && known->mode != hv::NetworkMode::bridge ? known->bridge : std::string();
    for (const auto& holding : holdings)
        if (holding.networks.contains(network) || (!bridge.empty() && holding.bridges.contains(bridge)))
            return user_in(*seen, holding.id, holding.name);
    for (const auto& [id, record] : seen->compute_records)
        if (record->phase != state::Phase::failed && state::record_alone(*seen, id) &&
            has_nic_on(record->spec, network))
            return user_in(*seen, id, "");
    return std::nullopt;
}

std::vector<const hv::Machine*> machines_on(const state::Snapshot& seen, const Uuid& network) {
    std::vector<const hv::Machine*> machines;
    for (const auto& [id, machine] : seen.machines)
        if (is_in_memory(*machine) && has_nic_on(machine->spec, network)) machines.push_back(machine.get());
    return machines;
}

} // namespace service
