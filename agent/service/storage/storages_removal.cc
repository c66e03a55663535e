#include "agent/service/storage/storages.hh"

#include "agent/base/error.hh"
#include "agent/service/effect.hh"
#include "agent/service/ownership.hh"
#include "agent/service/storage/overlays.hh"
#include "agent/service/submit.hh"
#include "agent/service/users.hh"

#include <utility>

namespace service {

// While the hypervisor is away it is asked when it is back, before anything is removed.
Users Storages::users_if_asked(const Uuid& id) {
    const auto seen = look(context_);
    if (!seen->connected) return shown_users(*seen, id);
    try {
        auto users = ask_users(context_, id);
        refuse_left_overlays(context_, id);
        return users;
    } catch (const Error& failure) {
        if (failure.fault() != Fault::unavailable && failure.fault() != Fault::timeout) throw;
        return shown_users(*seen, id);
    }
}

bool Storages::may_remove(const Uuid& id, const auth::Principal& who) {
    show(id, who); // not_found
    const auto seen = look(context_);
    refuse_foreign_pool(*seen);
    const auto* record = state::find(seen->storage_records, id);
    if (record && !who.may_change(state::whose(*record))) return false;
    const auto users = told_to(who, *seen, users_if_asked(id));
    (void)context_.claims.claim([&](const Claimed& others) {
        refuse_used(id, others, users);
        return Claimed();
    });
    return true;
}

state::Operation Storages::remove(const Uuid& id, const Terms& terms) {
    show(id, terms.who); // not_found
    const auto shown = look(context_);
    refuse_foreign_pool(*shown);
    if (const auto* record = state::find(shown->storage_records, id))
        require_change(terms.who, state::whose(*record), "storage", id);
    bool leaves_already = false;
    const auto users = told_to(terms.who, *shown, users_if_asked(id));
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        const auto seen = look(context_);
        const auto* ours = state::find(seen->storage_records, id);
        if (!ours) throw Error(Fault::not_found, "there is no storage " + id);
        leaves_already = ours->phase == state::Phase::leaving;
        refuse_used(id, others, users);
        Claimed mine;
        mine.leaving.insert(id);
        return mine;
    });
    if (leaves_already)
        if (auto under_way = context_.operations.holder(id);
            under_way && is(*under_way, KindOfOperation::delete_storage))
            return *under_way;
    return begin_removal(id, terms);
}

state::Operation Storages::begin_removal(const Uuid& id, const Terms& terms) {
    if (terms.check) terms.check(); // our own mark changes what is shown
    auto before = state::Phase::ready;
    change_record(id, [&](state::StorageRecord& record) {
        before = std::exchange(record.phase, state::Phase::leaving);
    });
    try {
        return submit(context_, KindOfOperation::delete_storage, id, terms);
    } catch (...) {
        change_record(id, [&](state::StorageRecord& record) { record.phase = before; });
        throw;
    }
}

// ---- steps ---------------------------------------------------------------------------------------------------------

// Claimed from its beginning to its end by the record that is leaving; others know nothing of that.
void Storages::make_sure_unused(const Uuid& id) {
    refuse_used(id, {}, ask_users(context_, id));
    refuse_left_overlays(context_, id);
}

void Storages::remove_volume(const Uuid& id) {
    context_.host.storage().remove(id);
    context_.inventory.reread_volume(id);
}

// It is still there, and so is what uses it: the client can try again.
void Storages::give_back(const state::Operation& ended) {
    context_.inventory.reread_volume(ended.target);
    const auto seen = context_.inventory.now();
    const bool is_there = state::find(seen->volumes, ended.target) != nullptr;
    change_record(ended.target, [&](state::StorageRecord& record) {
        record.phase = is_there ? state::Phase::ready : state::Phase::failed;
        record.message = ended.message;
    });
}

state::Work Storages::removal(const state::Operation& operation) {
    state::Work work;
    const auto& id = operation.target;
    work.steps.push_back(
        {"make sure that nobody uses it", [this, id](state::Task&) { make_sure_unused(id); }});
    work.steps.push_back({"remove", [this, id](state::Task&) { remove_volume(id); }, {}, true});
    work.steps.back().see = see_no_volume(context_, id);
    work.ended = [this](const state::Operation& ended) {
        if (ended.stage == state::Stage::done) return context_.inventory.drop_storage(ended.target);
        give_back(ended);
    };
    return work;
}

} // namespace service
