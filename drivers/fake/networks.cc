#include "drivers/fake/networks.hh"

#include "agent/base/error.hh"

#include <algorithm>
#include <utility>

namespace hv::fake {
namespace {

using Table = Networks::Table;

NetworkInfo shown(const Table& table, NetworkInfo network) {
    const auto maker = table.makers.find(network.id);
    network.ours = maker != table.makers.end() && maker->second == table.agent;
    return network;
}

NetworkInfo& ours(Table& table, const Uuid& id, const std::string& doing) {
    const auto known = table.networks.find(id);
    if (known == table.networks.end()) throw Error(Fault::not_found, doing + ": there is no network " + id);
    if (!shown(table, known->second).ours)
        throw Error(Fault::forbidden,
                    doing + ": network " + id + " was not made by this agent, which only shows it");
    return known->second;
}

void check_wanted(const NetworkInfo& wanted) {
    const auto refuse = [&](const std::string& why) {
        throw Error(Fault::invalid, "create network " + wanted.id + ": " + why);
    };
    if (!is_uuid(wanted.id)) refuse("it needs a UUID");
    if (wanted.name.empty()) refuse("it needs a name");
    switch (wanted.mode) {
    case NetworkMode::isolated:
    case NetworkMode::nat:
        if (!wanted.block) refuse("it needs a block of addresses");
        return;
    case NetworkMode::bridge:
        if (wanted.bridge.empty()) refuse("it needs the name of a bridge");
        return;
    case NetworkMode::other: refuse("only networks of somebody else have another mode");
    }
}

void check_free(const Table& table, const NetworkInfo& wanted) {
    const auto refuse = [&](const std::string& why) {
        throw Error(Fault::conflict, "create network " + wanted.id + ": " + why);
    };
    for (const auto& [id, other] : table.networks) {
        if (id == wanted.id) refuse("it exists already");
        if (other.name == wanted.name) refuse("network " + id + " has the name \"" + wanted.name + "\"");
        if (other.block && wanted.block && other.block->overlaps(*wanted.block))
            refuse("network " + id + " has addresses of " + wanted.block->text());
    }
}

// The first of the form occi0, occi1, ... that nobody has.
std::string free_bridge(const Table& table) {
    for (std::size_t number = 0;; ++number) {
        auto name = "occi" + std::to_string(number);
        if (std::ranges::none_of(table.networks,
                                 [&](const auto& entry) { return entry.second.bridge == name; }))
            return name;
    }
}

} // namespace

void Networks::changed(const Uuid& id, const std::string& what) {
    if (!gate_.why_lost()) events_.changed({Change::Subject::network, id, what, "", {}});
}

// ---- reading -------------------------------------------------------------------------------------------------------

std::vector<NetworkInfo> Networks::list() {
    return gate_.pass("network.list", [&] {
        return networks_.with([this](const Table& table) {
            std::vector<NetworkInfo> all;
            for (const auto& [id, network] : table.networks)
                all.push_back(with_trouble(shown(table, network)));
            return all;
        });
    });
}

std::optional<NetworkInfo> Networks::find(const Uuid& id) {
    return gate_.pass("network.find", [&] {
        return networks_.with([&](const Table& table) {
            const auto known = table.networks.find(id);
            return known == table.networks.end() ? std::nullopt
                                                 : std::optional(with_trouble(shown(table, known->second)));
        });
    });
}

bool Networks::has(const Uuid& id) const {
    return networks_.with([&](const Table& table) { return table.networks.contains(id); });
}

bool Networks::is_active(const Uuid& id) const {
    return networks_.with([&](const Table& table) {
        const auto known = table.networks.find(id);
        return known != table.networks.end() && known->second.active &&
               with_trouble(known->second).trouble.empty();
    });
}

void Networks::set_bridges(std::set<std::string> devices) {
    bridges_.with([&](auto& bridges) { bridges = std::move(devices); });
}

NetworkInfo Networks::with_trouble(NetworkInfo network) const {
    const bool there = network.mode != NetworkMode::bridge ||
                       bridges_.with([&](const auto& bridges) { return bridges.contains(network.bridge); });
    if (!there) network.trouble = "the host has no bridge " + network.bridge + ": make it again";
    return network;
}

// ---- changing ------------------------------------------------------------------------------------------------------

NetworkInfo Networks::create(const NetworkInfo& wanted) {
    return gate_.pass("network.create", [&] {
        check_wanted(wanted);
        NetworkInfo made;
        made.id = wanted.id;
        made.name = wanted.name;
        made.mode = wanted.mode;
        made.ours = made.active = true;
        networks_.with([&](Table& table) {
            check_free(table, wanted);
            if (wanted.mode == NetworkMode::bridge)
                made.bridge = wanted.bridge;
            else {
                made.block = wanted.block;
                made.reservations = wanted.reservations;
                made.bridge = free_bridge(table);
            }
            table.networks[made.id] = made;
            table.makers[made.id] = table.agent;
        });
        changed(made.id, "defined");
        changed(made.id, "started");
        return made;
    });
}

void Networks::remove(const Uuid& id) {
    gate_.pass("network.remove", [&] {
        const bool gone = networks_.with([&](Table& table) {
            if (!table.networks.contains(id)) return false;
            ours(table, id, "remove network");
            table.makers.erase(id);
            return table.networks.erase(id) > 0;
        });
        if (gone) changed(id, "undefined");
    });
}

void Networks::start(const Uuid& id) {
    gate_.pass("network.start", [&] {
        const bool news = networks_.with(
            [&](Table& table) { return !std::exchange(ours(table, id, "start network").active, true); });
        if (news) changed(id, "started");
    });
}

void Networks::stop(const Uuid& id, bool in_use) {
    gate_.pass("network.stop", [&] {
        const bool news = networks_.with([&](Table& table) {
            auto& network = ours(table, id, "stop network");
            return !in_use && std::exchange(network.active, false);
        });
        if (news) changed(id, "stopped");
    });
}

void Networks::reserve(const Uuid& id, const Reservation& wanted) {
    gate_.pass("network.reserve", [&] {
        const auto doing = "reserve " + wanted.address.text() + " for " + wanted.mac;
        const bool news = networks_.with([&](Table& table) {
            auto& network = ours(table, id, doing);
            if (!network.block || !network.block->contains(wanted.address))
                throw Error(Fault::invalid, doing + ": network " + id + " does not have that address");
            for (const auto& known : network.reservations) {
                if (known == wanted) return false;
                if (known.address == wanted.address)
                    throw Error(Fault::conflict, doing + ": " + known.mac + " has it in network " + id);
                if (known.mac == wanted.mac)
                    throw Error(Fault::conflict,
                                doing + ": it has " + known.address.text() + " in network " + id);
            }
            network.reservations.push_back(wanted);
            return true;
        });
        if (news) changed(id, "updated");
    });
}

void Networks::release(const Uuid& id, const Reservation& wanted) {
    gate_.pass("network.release", [&] {
        const auto dropped = networks_.with([&](Table& table) {
            return std::erase(ours(table, id, "release " + wanted.address.text()).reservations, wanted);
        });
        if (dropped > 0) changed(id, "updated");
    });
}

// ---- somebody else -------------------------------------------------------------------------------------------------

void Networks::be(const Uuid& agent) {
    networks_.with([&](Table& table) { table.agent = agent; });
}

void Networks::add_foreign(NetworkInfo network) {
    network.ours = false;
    const auto id = network.id;
    networks_.with([&](Table& table) { table.networks[id] = std::move(network); });
    changed(id, "defined");
}

void Networks::stop_by_others(const Uuid& id) {
    networks_.with([&](Table& table) { table.networks.at(id).active = false; });
    changed(id, "stopped");
}

bool Networks::vanish(const Uuid& id) {
    const bool gone = networks_.with([&](Table& table) { return table.networks.erase(id) > 0; });
    if (gone) changed(id, "undefined");
    return gone;
}

} // namespace hv::fake
