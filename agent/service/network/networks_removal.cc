#include "agent/service/network/networks.hh"

#include "agent/base/error.hh"
#include "agent/service/effect.hh"
#include "agent/service/foreign.hh"
#include "agent/service/ownership.hh"
#include "agent/service/submit.hh"
#include "agent/service/users.hh"

#include <utility>

namespace service {

bool Networks::may_remove(const Uuid& id, const auth::Principal& who) {
    show(id, who); // not_found
    const auto seen = look_connected(context_);
    if (!state::find(seen->network_records, id) || !who.may_change(whose_network(context_, *seen, id)))
        return false;
    const auto user = ask_user_of_network(context_, id);
    const auto told = user ? told_to(who, *seen, *user) : std::string();
    (void)context_.claims.claim([&](const Claimed& others) {
        refuse_used(id, others, told, who);
        return Claimed();
    });
    return true;
}

void Networks::refuse_used(const Uuid& id, const Claimed& others, const std::string& user,
                           const auth::Principal& who) const {
    if (!user.empty()) throw Error(Fault::conflict, "network " + id + " is used by " + user);
    const auto seen = look(context_);
    if (const auto planned = user_of_network(*seen, id))
        throw Error(Fault::conflict, "network " + id + " is used by " +
                                         told_to(who, *seen, {*planned, "compute " + *planned}));
    if (others.used.contains(id))
        throw Error(Fault::conflict, "network " + id + " is used by a compute that is being made");
}

state::Operation Networks::remove(const Uuid& id, const Terms& terms) {
    show(id, terms.who); // not_found
    const auto seen = look(context_);
    require_change(terms.who, whose_network(context_, *seen, id), "network", id);
    if (!state::find(seen->network_records, id)) refuse_foreign(context_, *seen, "network", id);
    look_connected(context_);
    const auto user = ask_user_of_network(context_, id);
    const auto told = user ? told_to(terms.who, *seen, *user) : std::string();
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        refuse_used(id, others, told, terms.who);
        Claimed mine;
        mine.leaving.insert(id);
        return mine;
    });
    return begin_removal(id, terms);
}

state::Operation Networks::begin_removal(const Uuid& id, const Terms& terms) {
    if (terms.check) terms.check(); // our own mark changes what is shown
    auto before = state::Phase::ready;
    change_record(id, [&](state::NetworkRecord& record) {
        before = std::exchange(record.phase, state::Phase::leaving);
    });
    try {
        return submit(context_, KindOfOperation::delete_network, id, terms);
    } catch (...) {
        change_record(id, [&](state::NetworkRecord& record) { record.phase = before; });
        throw;
    }
}

void Networks::take_away(const Uuid& id) {
    context_.host.network().remove(id);
    context_.inventory.reread_network(id);
}

state::Work Networks::removal(const state::Operation& operation) {
    state::Work work;
    work.steps.push_back({"remove", [this, id = operation.target](state::Task&) {
                              if (const auto user = ask_user_of_network(context_, id))
                                  throw Error(Fault::conflict, "network " + id + " is used by " + user->name);
                              take_away(id);
                          }});
    work.steps.back().see = see_no_network(context_, operation.target);
    work.ended = [this](const state::Operation& ended) {
        if (ended.stage == state::Stage::done) {
            const auto seen = context_.inventory.now();
            const auto* record = state::find(seen->network_records, ended.target);
            const bool was_default = record && is_default(*record);
            context_.inventory.drop_network(ended.target);
            if (was_default) ended_removal_of_default();
            return;
        }
        // It is still there: the client can try again.
        change_record(ended.target, [](state::NetworkRecord& record) { record.phase = state::Phase::ready; });
    };
    return work;
}

} // namespace service
