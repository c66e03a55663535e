// Networks that go up and down, and get another name.
//
// A network is down when a client has said so: that mark is in our record, and what else there is follows it. Nothing
// starts on it, and the cables of the NICs that run on it are pulled out, for as long as these run: definitions stay as
// they are, since whoever starts later finds it up. libvirt's network ends when nobody runs on it, and does not come
// back with the host.
#include "agent/service/network/network_state.hh"
#include "agent/service/change_kind.hh"
#include "agent/service/effect.hh"
#include "agent/service/foreign.hh"
#include "agent/service/naming.hh"
#include "agent/service/ownership.hh"
#include "agent/service/submit.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/network/network_trouble.hh"
#include "agent/service/network/networks.hh"
#include "agent/service/users.hh"

#include <algorithm>
#include <array>

namespace service {
namespace {

namespace name = occi::name;

struct Rule {
    std::string_view action;
    KindOfOperation operation;
    bool leads_up;
};
constexpr std::array rules{Rule{"up", KindOfOperation::bring_up_network, true},
                           Rule{"down", KindOfOperation::take_down_network, false}};

// Of those in memory on the network.
const hv::Machine* foreign_machine_on(const state::Snapshot& seen, const Uuid& network) {
    const auto machines = machines_on(seen, network);
    const auto foreign = std::ranges::find(machines, false, &hv::Machine::ours);
    return foreign == machines.end() ? nullptr : *foreign;
}

void refuse_foreign_machines(const state::Snapshot& seen, const Uuid& network) {
    if (const auto* machine = foreign_machine_on(seen, network))
        throw Error(Fault::conflict, "network " + network + " cannot go down while compute " + machine->id +
                                         " runs on it, which was not made by this agent");
}

// What a network keeps for its life, in the words of its attributes.
constexpr std::array kept{name::network_address, name::network_gateway, name::network_size,
                          name::network_mode, name::network_bridge};

bool is_same(const occi::Resource& shown, const occi::Resource& wanted, const char* attribute) {
    const auto wish = wanted.string(attribute), now = shown.string(attribute);
    if (!wish || wish == now) return true;
    // An address may come without its length, or as the first one.
    const auto block = now ? Ipv4Block::parse(*now) : std::nullopt;
    const auto address = Ipv4::parse(*wish);
    return block && address && (*address == block->address || *address == block->nth(1));
}

} // namespace

// libvirt takes a tag on Open vSwitch and on SR-IOV only, and refuses it on a Linux bridge; here are no others.
void refuse_vlan(const occi::Resource& wanted) {
    if (wanted.attributes.contains(name::network_vlan))
        throw Error(Fault::conflict,
                    std::string(name::network_vlan) +
                        " cannot be had: no tagging is configured on this host, whose networks are "
                        "Linux bridges; a network on a bridge over a tagged device can be");
}

std::vector<const occi::Action*> actions_on_network(const state::Snapshot& seen, const Uuid& id, bool is_up,
                                                    const occi::Model& model) {
    const auto* record = state::find(seen.network_records, id);
    if (!record || record->phase != state::Phase::ready) return {};
    if (is_up && foreign_machine_on(seen, id)) return {};
    auto actions = model.known().network->actions;
    std::erase_if(actions, [&](const occi::Action* action) {
        const auto rule = std::ranges::find(rules, action->id.term, &Rule::action);
        return rule == rules.end() || rule->leads_up == is_up;
    });
    return actions;
}

state::NetworkRecord Networks::own_record(const Uuid& id, const auth::Principal& who) const {
    show(id, who); // not_found
    const auto seen = look_connected(context_);
    require_change(who, whose_network(context_, *seen, id), "network", id);
    const auto* record = state::find(seen->network_records, id);
    if (!record) refuse_foreign(context_, *seen, "network", id);
    if (record->phase != state::Phase::ready)
        throw Error(Fault::conflict, "network " + id + " is being made or removed");
    return *record;
}

void Networks::change_record(const Uuid& id, const std::function<void(state::NetworkRecord&)>& change) {
    const std::lock_guard hold(records_);
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->network_records, id);
    if (!record) return;
    auto changed = *record;
    change(changed);
    context_.inventory.put(changed);
}

std::optional<state::Operation> Networks::invoke(const Uuid& id, const occi::Invocation& wanted,
                                                 const Terms& terms) {
    const auto record = own_record(id, terms.who);
    const auto rule = std::ranges::find(rules, wanted.action->id.term, &Rule::action);
    if (rule == rules.end())
        throw Error(Fault::invalid, "a network has no action " + text::printable(wanted.action->id.term));
    const auto seen = look(context_);
    const auto* network = state::find(seen->networks, id);
    if (!network) throw Error(Fault::conflict, "network " + id + ": " + trouble_of_network(*seen, id));
    const bool is_up = network->active && network->trouble.empty() && !record.down;
    const bool is_so = rule->leads_up ? is_up : record.down;
    if (is_so && !context_.operations.holder(id))
        throw Error(Fault::conflict,
                    "network " + id + " is " + (rule->leads_up ? "up" : "down") + " already");
    if (!rule->leads_up) refuse_foreign_machines(*seen, id);
    return submit(context_, rule->operation, id, terms);
}

std::optional<state::Operation> Networks::update(const Uuid& id, const occi::Resource& wanted,
                                                 const Terms& terms) {
    const auto record = own_record(id, terms.who);
    const auto shown = show(id, terms.who);
    refuse_vlan(wanted);
    for (const auto& mixin : wanted.mixins)
        if (!shown.has(*mixin))
            throw Error(Fault::conflict, "network " + id + " has no " + mixin->id.term +
                                             (mixin.get() == context_.model.known().ipnetwork
                                                  ? ": its addresses are not the agent's to give"
                                                  : "") +
                                             ", and stays what it was made as: make another network");
    for (const auto* attribute : kept)
        if (!is_same(shown, wanted, attribute))
            throw Error(Fault::conflict, std::string(attribute) + " of network " + id +
                                             " cannot be changed: make another network");
    share_in(wanted, record.group); // conflict
    auto naming = Naming::of(wanted);
    if (!context_.operations.holder(id)) naming.settle(record);
    if (naming.is_none()) return std::nullopt;
    return submit(context_, KindOfOperation::rename_network, id, terms, naming);
}

// ---- steps ---------------------------------------------------------------------------------------------------------

// Claimed: nothing starts on it in between. What is being started on it now has to come to its end first.
void Networks::mark(const Uuid& id, bool down) {
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        if (down && others.used.contains(id))
            throw Error(Fault::busy, "network " + id + " is about to be used by a compute");
        Claimed mine;
        if (down) mine.leaving.insert(id);
        return mine;
    });
    change_record(id, [&](state::NetworkRecord& record) { record.down = down; });
}

void Networks::set_cables(const Uuid& id, bool plugged_in) {
    const auto seen = context_.inventory.now();
    if (!plugged_in) refuse_foreign_machines(*seen, id);
    for (const auto* machine : machines_on(*seen, id)) {
        if (!machine->ours) continue;
        try {
            context_.host.compute().set_link(machine->id, id, plugged_in);
        } catch (const Error& failure) {
            if (failure.fault() != Fault::not_found) throw;
        }
    }
}

// The way back is not held up by a guest that does not react: with the next up or down it follows.
void Networks::put_back_cables(const Uuid& id, bool plugged_in) {
    const auto seen = context_.inventory.now();
    for (const auto* machine : machines_on(*seen, id)) {
        if (!machine->ours) continue;
        try {
            context_.host.compute().set_link(machine->id, id, plugged_in);
        } catch (const Error& failure) {
            logging::warning("network {}: {}", id, failure.what());
            context_.inventory.set_trouble(machine->id,
                                           "a cable of it stays as it is: " + std::string(failure.what()));
        }
    }
}

std::vector<state::OperationKind> Networks::kinds_of_changes() {
    using state::Operation, state::OperationKind, state::Task;
    using enum KindOfOperation;
    const auto kind = [this](KindOfOperation which, auto steps) {
        return change_kind(context_, which, std::move(steps), &state::Inventory::reread_network);
    };
    // One on which somebody runs goes on until nobody does.
    const auto stop = [this](const Uuid& id) {
        const auto in_use = [&] { return !machines_on(*context_.inventory.now(), id).empty(); };
        context_.host.network().stop(id, in_use());
        context_.inventory.reread_network(id);
        const auto* network = state::find(context_.inventory.now()->networks, id);
        if (network && network->active && !in_use())
            throw Error(Fault::conflict, "stop network " + id + ": it was asked for, and it is still active");
    };
    // A way back is tried until it succeeds: of what others have taken away meanwhile, or put something else in its
    // place, there is nothing to be taken back.
    const auto stop_again = [this, stop](const Uuid& id) {
        try {
            stop(id);
        } catch (const Error&) {
            const auto network = context_.host.network().find(id);
            if (network && network->ours) throw;
        }
    };
    // Done again, it changes nothing: so what a crash has cut off is not taken back before that.
    const auto cables = [this](const Uuid& id, bool plugged_in) {
        return state::Step{plugged_in ? "plug in cables" : "pull out cables",
                           [this, id, plugged_in](Task&) { set_cables(id, plugged_in); }};
    };
    return {kind(bring_up_network,
                 [this, stop_again, cables](const Operation& operation) {
                     const auto id = operation.target;
                     return std::vector<state::Step>{{"start",
                                                      [this, id](Task&) {
                                                          context_.host.network().start(id);
                                                          context_.inventory.reread_network(id);
                                                      },
                                                      [this, stop_again, id](Task&) {
                                                          put_back_cables(id, false);
                                                          stop_again(id);
                                                      },
                                                      false,
                                                      see_network(context_, id, "start network " + id, true)},
                                                     cables(id, true),
                                                     {"mark", [this, id](Task&) { mark(id, false); }}};
                 }),
            kind(take_down_network,
                 [this, stop, cables](const Operation& operation) {
                     const auto id = operation.target;
                     return std::vector<state::Step>{{"mark", [this, id](Task&) { mark(id, true); },
                                                      [this, id](Task&) {
                                                          put_back_cables(id, true);
                                                          mark(id, false);
                                                      }},
                                                     cables(id, false),
                                                     {"stop", [stop, id](Task&) { stop(id); }}};
                 }),
            kind(rename_network, [this](const Operation& operation) {
                return std::vector<state::Step>{
                    {"rename", [this, id = operation.target, naming = plan_of<Naming>(operation)](Task&) {
                         change_record(id, [&](state::NetworkRecord& record) { naming.apply(record); });
                     }}};
            })};
}

} // namespace service
