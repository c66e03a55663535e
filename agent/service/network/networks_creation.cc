#include "agent/service/network/networks.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/effect.hh"
#include "agent/service/network/addresses.hh"
#include "agent/service/network/modes.hh"
#include "agent/service/network/network_state.hh"
#include "agent/service/submit.hh"

#include <memory>
#include <utility>

namespace service {
namespace {

namespace name = occi::name;

constexpr auto usual_size = "C";

std::string called(const hv::NetworkInfo& network, const state::Snapshot& seen) {
    const auto* record = state::find(seen.network_records, network.id);
    return "network " + network.id + " (\"" +
           (record && !record->title.empty() ? record->title : network.name) + "\")";
}

// Of computes that are there: those on their way reserve for themselves.
template <class F> void for_each_nic_on(const state::Snapshot& seen, const Uuid& network, F&& act) {
    for (const auto& [id, record] : seen.compute_records) {
        if (record->phase != state::Phase::ready) continue;
        for (const auto& nic : record->spec.nics)
            if (nic.network == network) act(nic);
    }
}

bool has_ready_computes_on(const state::Snapshot& seen, const Uuid& network) {
    bool has = false;
    for_each_nic_on(seen, network, [&](const hv::Nic&) { has = true; });
    return has;
}

} // namespace

std::vector<hv::Reservation> reservations_on(const state::Snapshot& seen, const Uuid& network) {
    std::vector<hv::Reservation> all;
    for_each_nic_on(seen, network, [&](const hv::Nic& nic) {
        if (nic.address) all.push_back({nic.mac, *nic.address});
    });
    return all;
}

Made Networks::make(hv::NetworkInfo wanted, state::NetworkRecord record, const Choose& choose,
                    const Terms& terms) {
    look_connected(context_);
    if (record.id.empty()) record.id = new_uuid();
    wanted.id = record.id;
    if (wanted.name.empty()) wanted.name = "occi-" + wanted.id;
    const auto routes = context_.host.facts().routes();
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        Claimed mine;
        if (!choose) return mine;
        const auto seen = look(context_);
        const auto in_the_way = [&](const Ipv4Block& block) -> std::string {
            for (const auto& [id, network] : seen->networks)
                if (network->block && network->block->overlaps(block))
                    return called(*network, *seen) + " at " + network->block->text();
            for (const auto& [taken, id] : others.blocks)
                if (taken.overlaps(block))
                    return "network " + id + " at " + taken.text() + ", which is being made";
            for (const auto& route : routes)
                if (route.block.overlaps(block))
                    return "the " + route.name + " of this host at " + route.block.text();
            return {};
        };
        wanted.block = choose(in_the_way);
        mine.blocks.insert({*wanted.block, wanted.id});
        return mine;
    });
    context_.inventory.put(record);
    try {
        return {record.id, submit(context_, KindOfOperation::create_network, record.id, terms, wanted)};
    } catch (...) {
        building_.with([&](auto& building) { building.erase(record.id); });
        end_making(record.id);
        throw;
    }
}

state::Work Networks::creation(const state::Operation& operation) {
    const auto wanted = plan_of<hv::NetworkInfo>(operation);
    if (wanted.block) {
        auto claim = std::make_shared<Claims::Claim>(context_.claims.claim([&](const Claimed&) {
            Claimed mine;
            mine.blocks.insert({*wanted.block, wanted.id});
            return mine;
        }));
        building_.with([&](auto& building) { building[wanted.id] = std::move(claim); });
    }
    state::Work work;
    work.steps.push_back({"create",
                          [this, wanted](state::Task&) {
                              auto complete = wanted;
                              complete.reservations = reservations_on(*look(context_), wanted.id);
                              context_.host.network().create(complete);
                              context_.inventory.reread_network(wanted.id);
                          },
                          [this, id = wanted.id](state::Task&) { take_away(id); }});
    work.steps.back().see = see_network(context_, wanted.id, "create network " + wanted.id, true);
    work.ended = [this](const state::Operation& ended) { ended_creation(ended); };
    return work;
}

// Nothing has come of it. One that was there before, and has computes on it, stays theirs: it is shown as missing.
void Networks::end_making(const Uuid& id) {
    const auto seen = context_.inventory.now();
    if (!seen->networks.contains(id) && !has_ready_computes_on(*seen, id))
        return context_.inventory.drop_network(id);
    change_record(id, [](state::NetworkRecord& mine) { mine.phase = state::Phase::ready; });
}

void Networks::ended_creation(const state::Operation& operation) {
    const auto& id = operation.target;
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->network_records, id);
    if (record && record->phase != state::Phase::leaving) {
        if (is_default(*record)) ended_default(operation); // first: who misses it is told why
        if (operation.stage == state::Stage::done)
            change_record(id, [](state::NetworkRecord& mine) { mine.phase = state::Phase::ready; });
        else
            end_making(id);
    }
    // Let go outside of the lock.
    std::shared_ptr<Claims::Claim> claim;
    building_.with([&](auto& building) {
        if (const auto found = building.find(id); found != building.end()) {
            claim = std::move(found->second);
            building.erase(found);
        }
    });
}

namespace {

// What a client may say, but not otherwise.
void check_settled(const occi::Resource& wanted) {
    refuse_vlan(wanted);
    if (wanted.string(name::network_gateway) && !wanted.string(name::network_address))
        throw Error(Fault::invalid, "a gateway goes with an address of the network only");
}

} // namespace

Made Networks::create(const occi::Resource& wanted, const Terms& terms) {
    hv::NetworkInfo network;
    network.mode = mode_of(wanted);
    state::NetworkRecord record{{},
                                terms.who.name,
                                wanted.string(name::title).value_or(""),
                                wanted.string(name::network_size).value_or(usual_size),
                                {}};
    record.group = terms.who.group;
    record.share = share_in(wanted, record.group);
    record.summary = wanted.string(name::summary).value_or("");
    record.label = wanted.string(name::network_label).value_or("");
    auto address = wanted.string(name::network_address);
    if (address) take_prefix(*address, record.size, wanted.string(name::network_size).has_value());
    check_settled(wanted);

    if (network.mode == hv::NetworkMode::bridge) {
        network.bridge = *wanted.string(name::network_bridge);
        if (address || wanted.string(name::network_size) || wanted.has(*context_.model.known().ipnetwork))
            throw Error(Fault::invalid,
                        "a network on a bridge of the host has no addresses of its own: leave "
                        "its address and its size out");
        record.size.clear();
        if (!context_.host.facts().has_bridge(network.bridge))
            throw Error(Fault::invalid,
                        "this host has no bridge \"" + text::printable(network.bridge) + "\"");
        return make(std::move(network), std::move(record), nullptr, terms);
    }
    if (!address) {
        const auto prefix = prefix_of(record.size);
        return make(
            std::move(network), std::move(record),
            [&](const auto& in_the_way) { return first_free(prefix, in_the_way); }, terms);
    }
    const auto block = block_of(*address, record.size);
    if (const auto gateway = wanted.string(name::network_gateway); gateway && *gateway != block.nth(1).text())
        throw Error(Fault::invalid, "the gateway of " + block.text() + " is this host, at " +
                                        block.nth(1).text() + ", and no other");
    return make(
        std::move(network), std::move(record),
        [&](const auto& in_the_way) {
            if (const auto other = in_the_way(block); !other.empty())
                throw Error(Fault::conflict, block.text() + " overlaps " + other);
            return block;
        },
        terms);
}

} // namespace service
