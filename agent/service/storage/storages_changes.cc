// Storages that are switched off and on, get another name and grow.
//
// A storage is offline when a client has said so: a mark in our record, which every request that wants to use the
// storage looks at. What machines have cloned from it must not change under them, so it grows only when there is no
// clone.
#include "agent/service/storage/storages.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/change_kind.hh"
#include "agent/service/effect.hh"
#include "agent/service/naming.hh"
#include "agent/service/ownership.hh"
#include "agent/service/storage/overlays.hh"
#include "agent/service/storage/room.hh"
#include "agent/service/storage/storage_rules.hh"
#include "agent/service/submit.hh"
#include "agent/service/units.hh"
#include "agent/service/users.hh"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>

namespace service {
namespace {

namespace name = occi::name;

constexpr std::uint64_t sector = 512; // what disks are made of

std::uint64_t bytes_of(const state::Snapshot& seen, const state::StorageRecord& record) {
    const auto* volume = state::find(seen.volumes, record.id);
    return volume ? volume->bytes : record.bytes;
}

// The size that is wished, in bytes; nullopt when it has that already.
std::optional<std::uint64_t> growth(const state::Snapshot& seen, const state::StorageRecord& record,
                                    double gibibytes) {
    if (!(gibibytes > 0 && gibibytes <= largest_gib))
        throw Error(Fault::invalid, "the size of a storage is more than 0 and at most 65536 GiB");
    const auto bytes = to_bytes(gibibytes), now = bytes_of(seen, record);
    if (in_mebibytes(bytes) == in_mebibytes(now)) return std::nullopt;
    if (bytes < now)
        throw Error(Fault::conflict, "storage " + record.id + " has " + std::to_string(in_mebibytes(now)) +
                                         " MiB and cannot become smaller");
    return (bytes + sector - 1) / sector * sector;
}

} // namespace

void Storages::change_record(const Uuid& id, const std::function<void(state::StorageRecord&)>& change) {
    const std::lock_guard hold(records_);
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->storage_records, id);
    if (!record) return;
    auto changed = *record;
    change(changed);
    context_.inventory.put(changed);
}

state::StorageRecord Storages::changeable_record(const Uuid& id, const auth::Principal& who) const {
    show(id, who); // not_found
    const auto seen = look(context_);
    if (const auto* record = state::find(seen->storage_records, id))
        require_change(who, state::whose(*record), "storage", id);
    return readable_record(id, who);
}

state::StorageRecord Storages::readable_record(const Uuid& id, const auth::Principal& who) const {
    show(id, who); // not_found
    const auto seen = look_connected(context_);
    const auto* record = state::find(seen->storage_records, id);
    if (!record) throw Error(Fault::not_found, "there is no storage " + id);
    using enum state::Phase;
    if (record->phase == failed)
        throw Error(Fault::conflict, "storage " + id + " failed and can only be deleted");
    if (record->phase == leaving) throw Error(Fault::conflict, "storage " + id + " is being removed");
    if (record->phase == ready && !state::find(seen->volumes, id))
        throw Error(Fault::conflict, "storage " + id + " has no volume in the pool");
    return *record;
}

void Storages::refuse_used(const Uuid& id, const Claimed& others, const Users& users) {
    refuse(any_user, users, id);
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
             auto begun = change(id, {}, size, terms);
             if (!begun) throw Error(Fault::conflict, "storage " + id + " has that size already");
             return begun;
         }},
    };
    const auto found = beginnings.find(wanted.action->id.term);
    if (found == beginnings.end())
        throw Error(Fault::invalid, "a storage has no action " + text::printable(wanted.action->id.term));
    return found->second();
}

std::optional<state::Operation> Storages::update(const Uuid& id, const occi::Resource& wanted,
                                                 const Terms& terms) {
    if (const auto url = wanted.string(name::image_url))
        if (show(id, terms.who).string(name::image_url) != url)
            throw Error(Fault::conflict,
                        "storage " + id + " stays what it was copied from: make another storage");
    share_in(wanted, changeable_record(id, terms.who).group); // conflict
    return change(id, Naming::of(wanted), wanted.number(name::storage_size), terms);
}

std::optional<state::Operation> Storages::change(const Uuid& id, Naming naming,
                                                 std::optional<double> gibibytes, const Terms& terms) {
    const auto record = changeable_record(id, terms.who);
    if (!context_.operations.is_awaited(id)) naming.settle(record);
    std::optional<std::uint64_t> bytes;
    const auto users = gibibytes ? told_to(terms.who, *look(context_), ask_users(context_, id)) : Users();
    if (gibibytes) refuse_left_overlays(context_, id);
    // Held until it is submitted: a request that copies or clones it comes before, and is seen, or waits behind it.
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        Claimed mine;
        const auto seen = look(context_);
        if (gibibytes) bytes = growth(*seen, record, *gibibytes);
        if (!bytes) return mine;
        refuse(cannot_grow, users, id);
        if (others.used.contains(id) || context_.operations.mentions(id))
            throw Error(Fault::conflict, "storage " + id + " cannot grow while it is being copied");
        mine.leaving.insert(id);
        return mine;
    });
    if (naming.is_none() && !bytes) return std::nullopt;
    if (bytes) check_size(context_, *bytes);
    if (bytes) check_room(0);
    return submit(context_, KindOfOperation::change_storage, id, terms, StorageChange{naming, bytes});
}

std::optional<state::Operation> Storages::switch_to(const Uuid& id, bool offline, const Terms& terms) {
    const auto record = changeable_record(id, terms.who);
    if (record.offline == offline && !context_.operations.is_awaited(id))
        throw Error(Fault::conflict,
                    "storage " + id + " is " + (offline ? "offline" : "online") + " already");
    if (offline) refuse(any_user, told_to(terms.who, *look(context_), ask_users(context_, id)), id);
    using enum KindOfOperation;
    return submit(context_, offline ? take_storage_offline : bring_storage_online, id, terms);
}

// ---- steps ---------------------------------------------------------------------------------------------------------

// Claimed: nobody begins to use it in between.
void Storages::set_offline(const Uuid& id, bool offline) {
    const auto users = offline ? ask_users(context_, id) : Users();
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        Claimed mine;
        if (!offline) return mine;
        refuse_used(id, others, users);
        mine.leaving.insert(id);
        return mine;
    });
    change_record(id, [&](state::StorageRecord& record) { record.offline = offline; });
}

// Nobody begins to use it between the question and the change.
Claims::Claim Storages::hold_still(const Uuid& id) {
    return context_.claims.claim([&](const Claimed& others) {
        if (others.used.contains(id) || others.copied.contains(id))
            throw Error(Fault::busy, "storage " + id + " is about to be used by a compute");
        Claimed mine;
        mine.leaving.insert(id);
        return mine;
    });
}

void Storages::grow(const Uuid& id, std::uint64_t bytes) {
    const auto claim = hold_still(id);
    const auto users = ask_users(context_, id);
    refuse(cannot_grow, users, id);
    refuse_left_overlays(context_, id);
    if (const auto* user = holder_among(users); user && user->in_memory)
        context_.host.compute().grow(user->machine, id, bytes);
    else
        context_.host.storage().resize(id, bytes);
    context_.inventory.reread_volume(id);
}

std::vector<state::OperationKind> Storages::kinds_of_changes() {
    using state::Operation, state::Task;
    using enum KindOfOperation;
    const auto kind = [this](KindOfOperation which, auto steps) {
        return change_kind(context_, which, std::move(steps), &state::Inventory::reread_volume);
    };
    const auto switching = [&](KindOfOperation which, bool offline) {
        return kind(which, [this, offline](const Operation& operation) {
            return std::vector<state::Step>{
                {"mark", [this, offline, id = operation.target](Task&) { set_offline(id, offline); }}};
        });
    };
    const auto changing = [this](const Operation& operation) {
        const auto id = operation.target;
        const auto change = plan_of<StorageChange>(operation);
        const auto& bytes = change.bytes;
        const auto& naming = change.naming;
        std::vector<state::Step> steps;
        if (bytes)
            steps.push_back({"grow",
                             [this, id, bytes = *bytes](Task&) { grow(id, bytes); },
                             {},
                             false,
                             [this, id, bytes = *bytes](Task& task) {
                                 see_volume(context_, id, "resize storage " + id, bytes)(task);
                                 change_record(id, [&](auto& record) { record.bytes = bytes; });
                             }});
        if (!naming.is_none())
            steps.push_back({"rename", [this, id, naming](Task&) {
                                 change_record(id, [&](auto& record) { naming.apply(record); });
                             }});
        return steps;
    };
    return {switching(take_storage_offline, true), switching(bring_storage_online, false),
            kind(change_storage, changing), kind_of_copy()};
}

} // namespace service
