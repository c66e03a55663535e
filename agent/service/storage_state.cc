// Storages that are switched off and on, get another name, grow and are copied.
//
// A storage is offline when a client has said so: a mark in our record, that whoever wants to use the storage looks at. What
// machines have cloned from it must not change under them, so it grows only when there is no clone.
#include "agent/service/storage_state.hh"
#include "agent/service/change_kind.hh"
#include "agent/service/naming.hh"

#include "agent/base/clock.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "agent/occi/names.hh"
#include "agent/service/storages.hh"
#include "agent/service/units.hh"
#include "agent/service/users.hh"

#include <algorithm>
#include <array>
#include <functional>

namespace service {
namespace {

namespace name = occi::name;

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t sector = 512; // what disks are made of
constexpr double most_gibibytes = 64 * 1024;

std::uint64_t in_mebibytes(std::uint64_t bytes) { return (bytes + mebibyte - 1) / mebibyte; }

// Who stands in the way, as a sentence about the storage; empty: nobody.
using InTheWay = std::string (*)(const state::Snapshot&, const Uuid&);

std::string users_of(const state::Snapshot& seen, const Uuid& id) {
    for (const auto& user : {user_of_image(seen, id), user_of_volume(seen, id)})
        if (user) return "is used by compute " + *user;
    for (const auto& [other, volume] : seen.volumes)
        if (volume->backing == id) return "is what volume " + other + " is a clone of";
    return {};
}

std::string clones_of(const state::Snapshot& seen, const Uuid& id) {
    if (const auto user = user_of_image(seen, id))
        return "cannot grow while compute " + *user + " has a clone of it";
    for (const auto& [other, volume] : seen.volumes)
        if (volume->backing == id) return "cannot grow while volume " + other + " is a clone of it";
    const auto user = user_of_volume(seen, id);
    const auto* machine = user ? state::find(seen.machines, *user) : nullptr;
    if (machine && machine->state == hv::MachineState::saved)
        return "cannot grow while compute " + *user + " is saved: start it first";
    return {};
}

// A copy of what is being written to would be of no moment.
std::string writer_of(const state::Snapshot& seen, const Uuid& id) {
    const auto user = user_of_volume(seen, id);
    const auto* machine = user ? state::find(seen.machines, *user) : nullptr;
    if (machine && is_in_memory(*machine))
        return "cannot be copied while compute " + *user + " runs on it: stop it first";
    return {};
}

struct Rule {
    std::string_view action;
    bool online, offline; // in which of the two it can be asked for
    InTheWay in_the_way;
};
constexpr std::array rules{
    Rule{"online", false, true, [](const state::Snapshot&, const Uuid&) { return std::string(); }},
    Rule{"offline", true, false, users_of},
    Rule{"backup", true, true, writer_of},
    Rule{"snapshot", true, true, writer_of},
    Rule{"resize", true, true, clones_of},
};

void refuse(InTheWay in_the_way, const state::Snapshot& seen, const Uuid& id) {
    if (const auto sentence = in_the_way(seen, id); !sentence.empty())
        throw Error(Fault::conflict, "storage " + id + " " + sentence);
}

std::uint64_t bytes_of(const state::Snapshot& seen, const state::StorageRecord& record) {
    const auto* volume = state::find(seen.volumes, record.id);
    return volume ? volume->bytes : record.bytes;
}

// The size that is wished, in bytes; nullopt when it has that already.
std::optional<std::uint64_t> growth(const state::Snapshot& seen, const state::StorageRecord& record,
                                    double gibibytes) {
    if (!(gibibytes > 0 && gibibytes <= most_gibibytes))
        throw Error(Fault::invalid, "the size of a storage is more than 0 and at most 65536 GiB");
    const auto bytes = to_bytes(gibibytes), now = bytes_of(seen, record);
    if (in_mebibytes(bytes) == in_mebibytes(now)) return std::nullopt;
    if (bytes < now)
        throw Error(Fault::conflict, "storage " + record.id + " has " + std::to_string(in_mebibytes(now)) +
                                         " MiB and cannot become smaller");
    return (bytes + sector - 1) / sector * sector;
}

// ---- plans ---------------------------------------------------------------------------------------------------------

std::string to_plan(const Naming& naming, const std::optional<std::uint64_t>& bytes) {
    xml::Writer out;
    out.open("storage");
    naming.write(out);
    if (bytes) out.attribute("bytes", std::to_string(*bytes));
    return out.close().take();
}

} // namespace

std::vector<const occi::Action*> actions_on_storage(const state::Snapshot& seen,
                                                    const state::StorageRecord& record,
                                                    const occi::Model& model) {
    if (record.phase != state::Phase::ready) return {};
    auto actions = model.known().storage->actions;
    std::erase_if(actions, [&](const occi::Action* action) {
        const auto rule = std::ranges::find(rules, action->id.term, &Rule::action);
        return rule == rules.end() || !(record.offline ? rule->offline : rule->online) ||
               !rule->in_the_way(seen, record.id).empty();
    });
    return actions;
}

// ---- what is asked for ---------------------------------------------------------------------------------------------

void Storages::change_record(const Uuid& id, const std::function<void(state::StorageRecord&)>& change) {
    const std::lock_guard hold(records_);
    const auto seen = node_.inventory.now();
    const auto* record = state::find(seen->storage_records, id);
    if (!record) return;
    auto changed = *record;
    change(changed);
    node_.inventory.put(changed);
}

state::StorageRecord Storages::ready_record(const Uuid& id, const auth::Principal& who) const {
    show(id, who); // not_found
    const auto seen = look_connected(node_);
    const auto* record = state::find(seen->storage_records, id);
    if (!record) throw Error(Fault::not_found, "there is no storage " + id);
    using enum state::Phase;
    if (record->phase == failed)
        throw Error(Fault::conflict, "storage " + id + " failed and can only be deleted");
    if (record->phase != ready) throw Error(Fault::conflict, "storage " + id + " is being made or removed");
    if (!state::find(seen->volumes, id))
        throw Error(Fault::conflict, "storage " + id + " has no volume in the pool");
    return *record;
}

void Storages::refuse_used(const Uuid& id, const Claimed& others) const {
    refuse(users_of, *look(node_), id);
    if (others.used.contains(id))
        throw Error(Fault::conflict, "storage " + id + " is used by a compute that is being made");
}

std::optional<state::Operation> Storages::invoke(const Uuid& id, const occi::Invocation& wanted,
                                                 const Terms& terms) {
    using Begin = std::function<std::optional<state::Operation>()>;
    const std::map<std::string_view, Begin> beginnings{
        {"online", [&] { return switch_to(id, false, terms); }},
        {"offline", [&] { return switch_to(id, true, terms); }},
        // One that is kept is offline until it is needed; one that is made to be used is not.
        {"backup", [&] { return begin_copy(id, "backup", true, terms); }},
        {"snapshot", [&] { return begin_copy(id, "snapshot", false, terms); }},
        {"resize",
         [&] {
             occi::Entity given;
             given.attributes = wanted.attributes;
             const auto size = given.number(name::size);
             if (!size) throw Error(Fault::invalid, "action resize needs size, in GiB");
             return change(id, {}, size, terms);
         }},
    };
    const auto found = beginnings.find(wanted.action->id.term);
    if (found == beginnings.end())
        throw Error(Fault::invalid, "a storage has no action " + text::printable(wanted.action->id.term));
    return found->second();
}

std::optional<state::Operation> Storages::update(const Uuid& id, const occi::Resource& wanted,
                                                 const Terms& terms) {
    return change(id, Naming::of(wanted), wanted.number(name::storage_size), terms);
}

std::optional<state::Operation> Storages::change(const Uuid& id, Naming naming,
                                                 std::optional<double> gibibytes, const Terms& terms) {
    const auto record = ready_record(id, terms.who);
    if (!node_.operations.holder(id)) naming.settle(record);
    std::optional<std::uint64_t> bytes;
    // Held until it is submitted: who copies or clones it comes before, and is seen, or waits behind it.
    const auto claim = node_.claims.claim([&](const Claimed& others) {
        Claimed mine;
        const auto seen = look(node_);
        if (gibibytes) bytes = growth(*seen, record, *gibibytes);
        if (!bytes) return mine;
        refuse(clones_of, *seen, id);
        if (others.used.contains(id) || node_.operations.mentions(id))
            throw Error(Fault::conflict, "storage " + id + " cannot grow while it is being copied");
        mine.leaving.insert(id);
        return mine;
    });
    if (naming.is_none() && !bytes) return std::nullopt;
    if (bytes) check_room(0);
    return node_.operations.submit(
        {"change storage", "storage", id, terms.who.name, to_plan(naming, bytes), terms.key}, terms.check);
}

std::optional<state::Operation> Storages::switch_to(const Uuid& id, bool offline, const Terms& terms) {
    const auto record = ready_record(id, terms.who);
    if (record.offline == offline && !node_.operations.holder(id)) return std::nullopt;
    if (offline) refuse(users_of, *look(node_), id);
    return node_.operations.submit({offline ? "take storage offline" : "bring storage online", "storage", id,
                                    terms.who.name, "", terms.key},
                                   terms.check);
}

state::Operation Storages::begin_copy(const Uuid& original, const std::string& what, bool offline,
                                      const Terms& terms) {
    const auto from = ready_record(original, terms.who);
    state::StorageRecord record;
    record.id = new_uuid();
    record.owner = from.owner;
    record.title = (from.title.empty() ? original.substr(0, 8) : from.title) + " " + what + " " +
                   to_rfc3339(std::chrono::system_clock::now());
    record.offline = offline;
    if (!from.os_term.empty()) offer_as_template(record);
    // Held until the journal names it: it neither grows nor goes meanwhile.
    const auto claim = node_.claims.claim([&](const Claimed& others) {
        const auto seen = look(node_);
        refuse(writer_of, *seen, original);
        if (others.leaving.contains(original))
            throw Error(Fault::conflict, "storage " + original + " is being removed or changed");
        const auto* volume = state::find(seen->volumes, original);
        record.bytes = volume ? volume->bytes : from.bytes;
        Claimed mine;
        mine.used.insert(original);
        return mine;
    });
    const auto seen = look(node_);
    const auto* volume = state::find(seen->volumes, original);
    check_room(volume ? volume->allocated : 0);
    if (terms.check) terms.check();
    node_.inventory.put(record);
    try {
        return node_.operations.submit(
            {"copy storage", "storage", record.id, terms.who.name, original, terms.key});
    } catch (...) {
        node_.inventory.drop_storage(record.id);
        throw;
    }
}

// ---- steps ---------------------------------------------------------------------------------------------------------

// Claimed: nobody begins to use it in between.
void Storages::set_offline(const Uuid& id, bool offline) {
    const auto claim = node_.claims.claim([&](const Claimed& others) {
        Claimed mine;
        if (!offline) return mine;
        refuse_used(id, others);
        mine.leaving.insert(id);
        return mine;
    });
    change_record(id, [&](state::StorageRecord& record) { record.offline = offline; });
}

void Storages::grow(const Uuid& id, std::uint64_t bytes) {
    const auto seen = look(node_);
    refuse(clones_of, *seen, id);
    const auto user = user_of_volume(*seen, id);
    const auto* machine = user ? state::find(seen->machines, *user) : nullptr;
    if (machine && is_in_memory(*machine))
        node_.host.compute().resize_disk(*user, id, bytes);
    else
        node_.host.storage().resize(id, bytes);
    node_.inventory.reread_volume(id);
    change_record(id, [&](state::StorageRecord& record) { record.bytes = bytes; });
}

void Storages::copy_volume(const Uuid& id, const Uuid& original, state::Task& task) {
    auto& storage = node_.host.storage();
    refuse(writer_of, *look(node_), original);
    const auto volume = storage.find(original);
    if (!volume) throw Error(Fault::conflict, "storage " + original + " was removed");
    const auto all = std::max<std::uint64_t>(volume->bytes, 1);
    storage.copy(
        id, *volume,
        [&](std::uint64_t done) { task.progress(static_cast<unsigned>(std::min(done, all) * 100 / all)); },
        task.stop());
    refuse(writer_of, *look(node_), original); // it may have begun meanwhile
}

std::vector<state::OperationKind> Storages::kinds_of_changes() {
    using state::Operation, state::OperationKind, state::Task;
    const auto kind = [this](const auto& name, auto steps) {
        return change_kind(node_, std::string(name), std::move(steps), &state::Inventory::reread_volume);
    };
    const auto switching = [&](const char* name, bool offline) {
        return kind(name, [this, offline](const Operation& operation) {
            return std::vector<state::Step>{
                {"mark", [this, offline, id = operation.target](Task&) { set_offline(id, offline); }}};
        });
    };
    const auto changing = [this](const Operation& operation) {
        const auto id = operation.target;
        const auto plan = xml::parse(operation.plan);
        std::vector<state::Step> steps;
        if (const auto* value = plan.attribute("bytes"))
            if (const auto bytes = text::to_number(*value))
                steps.push_back({"grow", [this, id, bytes](Task&) { grow(id, *bytes); }});
        if (const auto naming = Naming::of(plan); !naming.is_none())
            steps.push_back({"rename", [this, id, naming](Task&) {
                                 change_record(id, [&](auto& record) { naming.apply(record); });
                             }});
        return steps;
    };
    auto copying = creation(
        "copy storage", "copy", OperationKind::Weight::bulk,
        [this](const Operation& operation, Task& task) {
            copy_volume(operation.target, operation.plan, task);
        },
        true);
    copying.work = [begun = copying.work](const Operation& operation) {
        auto work = begun(operation);
        work.after = {operation.plan}; // the original
        return work;
    };
    return {switching("take storage offline", true), switching("bring storage online", false),
            kind("change storage", changing), copying};
}

} // namespace service
