#include "agent/service/compute/computes.hh"

#include "agent/base/error.hh"
#include "agent/service/compute/compute_view.hh"
#include "agent/service/foreign.hh"
#include "agent/service/submit.hh"
#include "agent/service/users.hh"

#include <optional>
#include <set>

namespace service {

// Its own volumes go with it, unless a machine of others has them as well. While the hypervisor is away it is asked
// when it is back: then those volumes stay.
void Computes::refuse_in_other_hands(const Uuid& id) const {
    const auto seen = look(context_);
    const auto held = held_spec(*seen, id);
    if (!held.spec || !held.ours || !seen->connected) return;
    const auto* record = state::find(seen->compute_records, id);
    std::set<Uuid> own;
    for (const auto& disk : (record ? record->spec : *held.spec).disks)
        if (disk.content != hv::Content::storage && !disk.volume.empty()) own.insert(disk.volume);
    try {
        for (const auto& [volume, users] : ask_users(context_, own))
            for (const auto& user : users)
                if (user.machine != id)
                    throw Error(Fault::conflict, "compute " + id + " cannot be deleted while its volume " +
                                                     volume + " is used by " + user.name);
    } catch (const Error& failure) {
        if (failure.fault() != Fault::unavailable && failure.fault() != Fault::timeout) throw;
    }
}

bool Computes::may_remove(const Uuid& id, const auth::Principal& who) const {
    show(id, who); // not_found
    const auto seen = look(context_);
    const auto held = held_spec(*seen, id);
    if (!held.ours || !who.may_change(state::whose(*held.spec))) return false;
    refuse_in_other_hands(id);
    refuse_foreign_pool(*seen);
    return true;
}

namespace {

std::optional<state::Operation> removal_under_way(const Context& context, const Uuid& id) {
    const auto seen = look(context);
    const auto* record = state::find(seen->compute_records, id);
    if (!record || record->phase != state::Phase::leaving) return std::nullopt;
    auto under_way = context.operations.holder(id);
    return under_way && is(*under_way, KindOfOperation::delete_compute) ? under_way : std::nullopt;
}

} // namespace

state::Operation Computes::remove(const Uuid& id, const Terms& terms) {
    show(id, terms.who); // not_found
    require_own(*look(context_), id, terms.who);
    refuse_in_other_hands(id);
    if (auto under_way = removal_under_way(context_, id)) return *under_way;
    state::ComputeRecord leaving{id, {}, state::Phase::leaving, ""};
    std::optional<state::ComputeRecord> before;
    context_.inventory.in_turn([&] {
        const auto seen = look(context_);
        const auto held = held_spec(*seen, id);
        if (!held.spec) throw Error(Fault::not_found, "there is no compute " + id);
        if (!held.ours) refuse_foreign(context_, *seen, "compute", id);
        refuse_foreign_pool(*seen);
        if (const auto* record = state::find(seen->compute_records, id)) before = *record;
        // What is removed with it is what we gave it; the addresses also of what others have plugged in are the
        // driver's to tell.
        leaving.spec = before ? before->spec : *held.spec;
        if (terms.check) terms.check(); // our own mark changes what is shown
        context_.inventory.put(leaving);
    });
    return begin_removal(leaving, before, terms);
}

// It is marked as leaving; `before`: its record until then.
state::Operation Computes::begin_removal(const state::ComputeRecord& leaving,
                                         const std::optional<state::ComputeRecord>& before,
                                         const Terms& terms) try {
    return submit(context_, KindOfOperation::delete_compute, leaving.id, terms, leaving.spec);
} catch (...) {
    if (before)
        context_.inventory.put(*before);
    else
        context_.inventory.drop_compute(leaving.id);
    throw;
}

void Computes::ended_removal(const state::Operation& operation) {
    const auto& id = operation.target;
    context_.inventory.in_turn([&] {
        // Of two removals the second one may end when another compute has the id.
        const auto* record = state::find(context_.inventory.now()->compute_records, id);
        if (!record || record->phase == state::Phase::leaving) context_.inventory.drop_compute(id);
    });
}

} // namespace service
