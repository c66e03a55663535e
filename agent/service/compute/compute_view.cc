#include "agent/service/compute/compute_view.hh"

#include "agent/base/named_uuid.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/device_change.hh"
#include "agent/service/compute/lifecycle.hh"
#include "agent/service/compute/machine_work.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/naming.hh"
#include "agent/service/network/network_trouble.hh"
#include "agent/service/observed.hh"
#include "agent/service/storage/os_templates.hh"
#include "agent/service/units.hh"
#include "agent/service/users.hh"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace service {
namespace {

namespace name = occi::name;

// OCCI has no word for "nobody knows": inactive, with the reason in the message.
std::string state_name(hv::MachineState state) {
    using enum hv::MachineState;
    static const std::map<hv::MachineState, std::string> names{{running, "active"}, {paused, "suspended"},
                                                               {off, "inactive"},   {saved, "suspended"},
                                                               {crashed, "error"},  {unknown, "inactive"}};
    return names.at(state);
}

std::string phase_name(state::Phase phase) {
    using enum state::Phase;
    static const std::map<state::Phase, std::string> names{
        {coming, "pending"}, {ready, "ready"}, {failed, "failed"}, {leaving, "deleting"}};
    return names.at(phase);
}

// The instance type it was made as, if any; of machines of others the one of that very size, if any.
const occi::Mixin* type_of(const hv::MachineSpec& spec, bool ours, const occi::Model& model) {
    if (ours) {
        const auto noted = spec.notes.find(note::type);
        return noted == spec.notes.end() ? nullptr : model.resource_template(noted->second);
    }
    for (const auto* type : model.resource_templates()) {
        occi::Entity sizes;
        for (const auto& attribute : type->attributes)
            if (attribute.fallback) sizes.attributes[attribute.name] = *attribute.fallback;
        if (sizes.integer(name::cores) == spec.cores &&
            to_bytes(sizes.number(name::memory).value_or(0)) == spec.memory && type->id.term != "custom")
            return type;
    }
    return model.resource_template("custom");
}

// What a link is as, as long as nothing is wrong with what it leads to.
struct LinkState {
    const char* name;
    std::string why; // it is not active
};

occi::Link view_disk(const Uuid& id, const hv::Disk& disk, const LinkState& state,
                     const occi::Model::Known& known) {
    occi::Link link;
    link.id = link_id(id, disk);
    link.kind = known.storagelink;
    link.source = "/compute/" + id;
    link.attributes[name::deviceid] = "/dev/" + disk.target;
    link.attributes[name::storagelink_state] = state.name;
    if (!state.why.empty()) link.attributes[name::storagelink_message] = state.why;
    if (!disk.title.empty()) link.attributes[name::title] = disk.title;
    if (!disk.mountpoint.empty()) link.attributes[name::mountpoint] = disk.mountpoint;
    if (const auto storage = storage_of(disk); !storage.empty()) {
        link.target = "/storage/" + storage;
        link.target_kind = known.storage;
    }
    if (disk.content == hv::Content::image) link.mixins.push_back(known.clone);
    if (disk.content == hv::Content::swap || disk.content == hv::Content::filesystem) {
        link.mixins.push_back(known.ephemeral_disk);
        link.attributes[name::disk_content] = disk.content == hv::Content::swap ? "swap" : "filesystem";
        link.attributes[name::disk_size] = to_gib(disk.bytes);
        if (!disk.filesystem.empty()) link.attributes[name::disk_filesystem] = disk.filesystem;
    }
    return link;
}

// Where the host lets the guests of that network out; nullopt when it does not, or nobody can tell.
std::optional<std::string> gateway_of(const Uuid& network, const state::Snapshot& seen) {
    const auto* known = state::find(seen.networks, network);
    if (!known || known->mode != hv::NetworkMode::nat || !known->block) return std::nullopt;
    return known->block->nth(1).text();
}

// A NIC is no better than its network.
void show_nic_state(occi::Link& link, const Uuid& network, const LinkState& state,
                    const state::Snapshot& seen) {
    const auto* record = state::find(seen.network_records, network);
    const auto* known = state::find(seen.networks, network);
    const bool is_up = !(record && record->down) && (!known || known->active);
    const auto trouble = network.empty() ? std::string() : trouble_of_network(seen, network);
    link.attributes[name::nic_state] = is_up && !trouble.empty() ? "error" : is_up ? state.name : "inactive";
    const auto message = !trouble.empty() ? "network " + network + ": " + trouble
                         : !is_up         ? "network " + network + " is down"
                                          : state.why;
    if (!message.empty()) link.attributes[name::nic_message] = message;
}

occi::Link view_nic(const Uuid& id, const hv::Nic& nic, std::size_t index, const LinkState& state,
                    const state::Snapshot& seen, const occi::Model::Known& known) {
    occi::Link link;
    link.id = link_id(id, nic);
    link.kind = known.networkinterface;
    link.source = "/compute/" + id;
    if (!nic.network.empty()) link.target = "/network/" + nic.network;
    link.target_kind = known.network;
    link.attributes[name::interface] = "eth" + std::to_string(index);
    link.attributes[name::mac] = nic.mac;
    if (!nic.title.empty()) link.attributes[name::title] = nic.title;
    show_nic_state(link, nic.network, state, seen);
    if (nic.address) {
        link.mixins.push_back(known.ipnetworkinterface);
        link.attributes[name::nic_address] = nic.address->text();
        link.attributes[name::nic_allocation] = "dynamic";
        if (auto gateway = gateway_of(nic.network, seen)) link.attributes[name::nic_gateway] = *gateway;
    }
    return link;
}

LinkState link_state_of(const Uuid& id, state::Phase phase, hv::MachineState now) {
    if (now == hv::MachineState::running) return {"active", {}};
    const auto is = phase == state::Phase::coming  ? "being made"
                    : phase == state::Phase::ready ? state_name(now)
                                                   : phase_name(phase);
    return {"inactive", "compute " + id + " is " + is};
}

void add_note(occi::Resource& shown, const char* attribute, const hv::MachineSpec& spec, const char* note) {
    if (const auto kept = spec.notes.find(note); kept != spec.notes.end())
        shown.attributes[attribute] = kept->second;
}

// GFD.222: what the profile calls ephemeral is the disk that boots, which lives as long as its machine.
void add_ephemeral_storage(occi::Resource& shown, const hv::MachineSpec& spec, const occi::Mixin* type) {
    if (!type || spec.disks.empty() || spec.disks.front().content != hv::Content::image) return;
    if (std::ranges::find(type->attributes, name::ephemeral_size, &occi::AttributeSpec::name) ==
        type->attributes.end())
        return;
    shown.attributes[name::ephemeral_size] = to_gib(spec.disks.front().bytes);
    shown.attributes[name::ephemeral_device] = "/dev/" + spec.disks.front().target;
}

// The spec is what it was asked to have; where it has other sizes until its next start, that has to be said.
std::string message_of(const hv::Machine& machine) {
    if (!machine.now) return machine.reason;
    const auto& [cores, memory] = *machine.now;
    return fmt::format("{}{}it has {} core{} and {} GiB until it is stopped and started", machine.reason,
                       machine.reason.empty() ? "" : "; ", cores, cores == 1 ? "" : "s", to_gib(memory));
}

} // namespace

Uuid link_id(const Uuid& compute, const hv::Disk& disk) {
    if (disk.content == hv::Content::storage) return named_uuid(compute, disk.volume);
    return disk.volume.empty() ? named_uuid(compute, disk.target) : disk.volume;
}

Uuid link_id(const Uuid& compute, const hv::Nic& nic) { return named_uuid(compute, nic.mac); }

Uuid link_made_by(const Uuid& compute, const DeviceChange& change) {
    if (!change.more.disks.empty()) return link_id(compute, change.more.disks.front());
    return change.more.nics.empty() ? Uuid() : link_id(compute, change.more.nics.front());
}

Held held_spec(const state::Snapshot& seen, const Uuid& id) {
    if (const auto* record = state::record_alone(seen, id)) return {&record->spec, true};
    if (const auto* machine = state::find(seen.machines, id)) return {&machine->spec, machine->ours};
    return {};
}

std::optional<occi::Resource> view_compute(const state::Snapshot& seen, const Uuid& id,
                                           const occi::Model& model) {
    const auto* record = state::find(seen.compute_records, id);
    const auto* machine = state::find(seen.machines, id);
    const auto held = held_spec(seen, id);
    if (!held.spec) return std::nullopt;
    const auto& spec = *held.spec;
    const auto& known = model.known();
    const auto phase = record ? record->phase : state::Phase::ready;
    const bool undefined = state::is_undefined(seen, id);
    const auto now = machine && phase != state::Phase::coming ? machine->state : hv::MachineState::off;

    occi::Resource shown;
    shown.id = id;
    shown.kind = known.compute;
    const auto* type = type_of(spec, held.ours, model);
    if (type) shown.mixins.push_back(type);
    if (held.ours && !spec.disks.empty())
        if (auto system = os_template_of(seen, spec.disks.front().origin, model))
            shown.mixins.push_back(std::move(system));
    add_ephemeral_storage(shown, spec, type);
    add_note(shown, name::summary, spec, note::summary);
    add_note(shown, name::hostname, spec, note::hostname);
    auto& values = shown.attributes;
    values[name::title] = spec.title;
    if (spec.shares > 0) values[name::share] = static_cast<std::int64_t>(spec.shares);
    show_ownership(state::whose(spec), shown);
    values[name::cores] = static_cast<std::int64_t>(spec.cores);
    values[name::memory] = to_gib(spec.memory);
    values[name::phase] = phase_name(phase);
    values[name::compute_state] = phase == state::Phase::failed || undefined ? "error" : state_name(now);
    if (now == hv::MachineState::paused) values[name::suspended_in] = "memory";
    if (now == hv::MachineState::saved) values[name::suspended_in] = "disk";
    if (!spec.arch.empty())
        values[name::architecture] = spec.arch == "i686" ? "x86" : spec.arch == "x86_64" ? "x64" : spec.arch;
    const auto* trouble = seen.troubles.find(id);
    const auto message = record && !record->message.empty() ? record->message
                         : phase == state::Phase::coming    ? "being made"
                         : trouble                          ? *trouble
                         : undefined                        ? state::undefined_by_others
                         : machine                          ? message_of(*machine)
                                                            : "";
    if (!message.empty()) values[name::compute_message] = message;
    if (trouble) values[name::trouble] = *trouble;

    add_observation(shown, seen, machine && phase != state::Phase::failed, machine ? machine->stuck : "",
                    machine ? machine->reason : "");

    if (machine && machine->ours && seen.connected && phase == state::Phase::ready)
        shown.actions = actions_now(*machine, model);
    if (undefined && seen.connected) shown.actions = {known.start};

    const auto link_state = link_state_of(id, phase, now);
    for (const auto& disk : spec.disks) shown.links.push_back(view_disk(id, disk, link_state, known));
    for (std::size_t index = 0; index < spec.nics.size(); ++index) {
        const auto& nic = spec.nics[index];
        shown.links.push_back(view_nic(id, nic, index, link_state, seen, known));
    }
    for (auto& link : shown.links) show_ownership(state::whose(spec), link);
    return shown;
}

} // namespace service
