#include "agent/service/network/networks.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/naming.hh"
#include "agent/service/network/addresses.hh"
#include "agent/service/network/modes.hh"
#include "agent/service/network/network_state.hh"
#include "agent/service/network/network_trouble.hh"
#include "agent/service/observed.hh"
#include "agent/service/operation_kinds.hh"
#include "agent/service/ownership.hh"
#include "agent/service/sequence.hh"

namespace service {
namespace {

namespace name = occi::name;

// A network is made and removed within its request: half made ones are nobody's.
bool is_shown(const state::NetworkRecord& record) { return record.phase == state::Phase::ready; }

} // namespace

std::vector<std::string> Networks::list(const auth::Principal& who) const {
    const auto seen = look(context_);
    Sequence all(seen->networks.size());
    for (const auto& [id, record] : seen->network_records)
        if (is_shown(*record) && who.may_see(state::whose(*record))) all.add(id, record->place);
    for (const auto& [id, network] : seen->networks)
        if (!network->ours && who.may_see(whose_network(context_, *seen, id))) all.add_of_others(id);
    return all.ids();
}

occi::Resource Networks::show(const Uuid& id, const auth::Principal& who) const {
    const auto seen = look(context_);
    const auto* record = state::find(seen->network_records, id);
    const auto* network = state::find(seen->networks, id);
    const bool known = record ? is_shown(*record) : network && !network->ours;
    const auto of = whose_network(context_, *seen, id);
    if (!known || !who.may_see(of))
        throw Error(Fault::not_found, "there is no network " + text::printable(id));

    const auto& model = context_.model.known();
    occi::Resource shown;
    shown.id = id;
    shown.kind = model.network;
    auto& values = shown.attributes;
    values[name::title] = record ? record->title : network ? network->name : "";
    show_ownership(of, shown);
    values[name::shared_with] = std::string(to_text(of.share));
    values[name::phase] = "ready";
    const bool is_up = network && network->active && !(record && record->down);
    // Of a bridge of the host: releases before this one have noted a size all the same.
    const bool has_no_addresses = network && network->mode == hv::NetworkMode::bridge;
    const bool is_broken = !network || !network->trouble.empty();
    values[name::network_state] = is_broken ? "error" : is_up ? "active" : "inactive";
    if (const auto* failed = seen->troubles.find(id))
        values[name::network_message] = *failed;
    else if (const auto trouble = trouble_of_network(*seen, id); !trouble.empty())
        values[name::network_message] = trouble;
    if (record && !record->size.empty() && !has_no_addresses) values[name::network_size] = record->size;
    if (record && !record->summary.empty()) values[name::summary] = record->summary;
    if (record && !record->label.empty()) values[name::network_label] = record->label;
    add_observation(shown, *seen, network != nullptr);
    if (!network) return shown;
    if (record && seen->connected && who.may_change(of))
        shown.actions = actions_on_network(*seen, id, is_up && !is_broken, context_.model);

    shown.mixins.push_back(model.network_bridge);
    values[name::network_mode] = std::string(mode_name(network->mode));
    if (network->mode == hv::NetworkMode::bridge) values[name::network_bridge] = network->bridge;
    if (network->block) {
        shown.mixins.push_back(model.ipnetwork);
        values[name::network_address] = network->block->text();
        values[name::network_gateway] = network->block->nth(1).text();
        values[name::network_allocation] = "dynamic";
        if (!record) values[name::network_size] = size_of(*network->block);
    }
    return shown;
}

std::vector<state::OperationKind> Networks::kinds() {
    using state::Operation;
    using enum KindOfOperation;
    auto kinds = kinds_of_changes();
    kinds.push_back(
        serve(create_network, [this](const Operation& operation) { return creation(operation); }));
    kinds.push_back(serve(delete_network, [this](const Operation& operation) { return removal(operation); }));
    return kinds;
}

void Networks::resume(const state::Snapshot& at_start) {
    const Terms ours{{"", auth::Role::administrator}};
    for (const auto& [id, record] : at_start.network_records)
        if (record->phase != state::Phase::ready &&
            is_left_over(context_, &state::Snapshot::network_records, id, *record))
            begin_removal(id, ours);
}

void Networks::adopt() {
    const auto seen = look(context_);
    for (const auto& [id, mark] : seen->unrecorded) {
        const auto* network = state::find(seen->networks, id);
        if (!network || seen->network_records.contains(id)) continue;
        logging::info("network {} has no record: shown without owner", id);
        const auto size = network->block ? size_of(*network->block) : "";
        state::NetworkRecord record{id, "", network->name, size, state::Phase::ready};
        if (is_default(record)) record.share = Share::everybody;
        context_.inventory.put(record);
        context_.inventory.reread_network(id);
    }
}

} // namespace service
