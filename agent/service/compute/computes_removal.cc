#include "agent/service/compute/computes.hh"

#include "agent/base/error.hh"
#include "agent/service/compute/compute_view.hh"
#include "agent/service/foreign.hh"
#include "agent/service/submit.hh"
#include "agent/service/users.hh"

#include <mutex>
#include <set>
#include <utility>

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
    if (!held_spec(*seen, id).ours) return false;
    refuse_in_other_hands(id);
    refuse_foreign_pool(*seen);
    return true;
}

state::Operation Computes::remove(const Uuid& id, const Terms& terms) {
    show(id, terms.who); // not_found
    refuse_in_other_hands(id);
    std::unique_lock deciding(records_);
    const auto seen = look(context_);
    const auto held = held_spec(*seen, id);
    if (!held.spec) throw Error(Fault::not_found, "there is no compute " + id);
    if (!held.ours) refuse_foreign(context_, *seen, "compute", id);
    refuse_foreign_pool(*seen);
    const auto* record = state::find(seen->compute_records, id);
    if (record && record->phase == state::Phase::leaving)
        if (auto under_way = context_.operations.holder(id);
            under_way && is(*under_way, KindOfOperation::delete_compute))
            return *under_way;
    // What is removed with it is what we gave it; the addresses also of what others have plugged in are the driver's to
    // tell.
    return begin_removal({id, record ? record->spec : *held.spec, state::Phase::leaving, ""}, terms,
                         std::move(deciding));
}

state::Operation Computes::begin_removal(const state::ComputeRecord& record, const Terms& terms,
                                         std::unique_lock<DiskLock> deciding) {
    const auto before = context_.inventory.now();
    const auto* old = state::find(before->compute_records, record.id);
    if (terms.check) terms.check(); // our own mark changes what is shown
    context_.inventory.put(record);
    deciding.unlock();
    try {
        return submit(context_, KindOfOperation::delete_compute, record.id, terms, record.spec);
    } catch (...) {
        deciding.lock();
        if (old)
            context_.inventory.put(*old);
        else
            context_.inventory.drop_compute(record.id);
        throw;
    }
}

void Computes::ended_removal(const state::Operation& operation) {
    const std::lock_guard deciding(records_);
    context_.inventory.drop_compute(operation.target);
}

} // namespace service
