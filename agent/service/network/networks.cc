#include "agent/service/network/networks.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/effect.hh"
#include "agent/service/foreign.hh"
#include "agent/service/network/network_state.hh"
#include "agent/service/network/network_trouble.hh"
#include "agent/service/observed.hh"
#include "agent/service/storage/users.hh"
#include "agent/service/submit.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace service {
namespace {

namespace name = occi::name;

constexpr auto default_name = "occi-default";
constexpr auto about_default = "default network";
constexpr Ipv4Block pool_of_defaults{{(10U << 24) | (112U << 16)}, 12}; // 10.112.0.0/12

struct Forbidden {
    Ipv4Block block;
    std::string_view why;
};
constexpr std::array forbidden_blocks{
    Forbidden{{{0}, 8}, "\"this network\" (RFC 1122)"},
    Forbidden{{{127U << 24}, 8}, "loopback"},
    Forbidden{{{(169U << 24) | (254U << 16)}, 16}, "link-local"},
    Forbidden{{{224U << 24}, 3}, "multicast and reserved"},
};

struct Class {
    std::string_view letter;
    unsigned prefix;
};
constexpr std::array classes{Class{"A", 8}, Class{"B", 16}, Class{"C", 24}};

unsigned prefix_of(const std::string& size) {
    for (const auto& each : classes)
        if (size == each.letter) return each.prefix;
    const auto addresses = text::to_number(size, 16'777'214);
    if (!addresses || *addresses < 2)
        throw Error(Fault::invalid,
                    "SIZE \"" + text::printable(size) + "\" is not A, B, C or a number from 2 to 16777214");
    unsigned prefix = 30; // two addresses: the host's own and one more
    while (Ipv4Block{{}, prefix}.count() - 2 < *addresses) --prefix;
    return prefix;
}

std::string_view mode_name(hv::NetworkMode mode) {
    static const std::map<hv::NetworkMode, std::string_view> names{{hv::NetworkMode::isolated, "isolated"},
                                                                   {hv::NetworkMode::nat, "nat"},
                                                                   {hv::NetworkMode::bridge, "bridge"},
                                                                   {hv::NetworkMode::other, "other"}};
    return names.at(mode);
}

// The size that somebody else's network has, in the draft's words.
std::string size_of(const Ipv4Block& block) {
    for (const auto& each : classes)
        if (block.prefix == each.prefix) return std::string(each.letter);
    return std::to_string(block.count() > 2 ? block.count() - 2 : block.count());
}

std::string called(const hv::NetworkInfo& network, const state::Snapshot& seen) {
    const auto* record = state::find(seen.network_records, network.id);
    return "network " + network.id + " (\"" +
           (record && !record->title.empty() ? record->title : network.name) + "\")";
}

// A network is made and removed within its request: half made ones are nobody's.
bool is_shown(const state::NetworkRecord& record) { return record.phase == state::Phase::ready; }

hv::NetworkMode mode_of(const occi::Resource& wanted) {
    const auto bridge = wanted.string(name::network_bridge);
    const auto mode = wanted.string(name::network_mode).value_or(bridge ? "bridge" : "isolated");
    if (mode == "bridge" && !bridge)
        throw Error(Fault::invalid, "MODE bridge needs BRIDGE, the name of a bridge of this host");
    if (mode != "bridge" && bridge) throw Error(Fault::invalid, "BRIDGE goes with MODE bridge only");
    if (mode == "isolated") return hv::NetworkMode::isolated;
    if (mode == "nat") return hv::NetworkMode::nat;
    if (mode == "bridge") return hv::NetworkMode::bridge;
    throw Error(Fault::invalid, "MODE \"" + text::printable(mode) + "\" is not isolated, nat or bridge");
}

} // namespace

Ipv4Block block_of(const std::string& address, const std::string& size) {
    const auto given = Ipv4::parse(address);
    if (!given)
        throw Error(Fault::invalid, "ADDRESS \"" + text::printable(address) + "\" is no IPv4 address");
    Ipv4Block block{*given, prefix_of(size)};
    block.address.bits &= block.mask().bits;
    if (*given != block.address && *given != block.nth(1))
        throw Error(Fault::invalid, "ADDRESS " + given->text() + " is neither the network address (" +
                                        block.address.text() + ") nor the first address (" +
                                        block.nth(1).text() + ") of a network of SIZE " + size);
    for (const auto& each : forbidden_blocks)
        if (each.block.overlaps(block))
            throw Error(Fault::invalid, "ADDRESS " + block.text() + " overlaps " + each.block.text() +
                                            ", which is " + std::string(each.why));
    return block;
}

std::uint64_t usable_addresses(const Ipv4Block& block, const std::string& size) {
    const auto all = block.count() - 2;
    const auto asked = text::to_number(size);
    return asked ? std::min(all, *asked) : all;
}

std::vector<std::string> Networks::list(const auth::Principal& who) const {
    const auto seen = look(context_);
    std::vector<std::string> ids;
    for (const auto& [id, record] : seen->network_records)
        if (is_shown(*record) && who.may_use(record->owner)) ids.push_back(id);
    for (const auto& [id, network] : seen->networks)
        if (!network->ours && who.may_use("")) ids.push_back(id);
    return ids;
}

occi::Resource Networks::show(const Uuid& id, const auth::Principal& who) const {
    const auto seen = look(context_);
    const auto* record = state::find(seen->network_records, id);
    const auto* network = state::find(seen->networks, id);
    const bool known = record ? is_shown(*record) : network && !network->ours;
    if (!known || !who.may_use(record ? record->owner : ""))
        throw Error(Fault::not_found, "there is no network " + text::printable(id));

    const auto& model = context_.model.known();
    occi::Resource shown;
    shown.id = id;
    shown.kind = model.network;
    auto& values = shown.attributes;
    values[name::title] = record ? record->title : network ? network->name : "";
    values[name::owner] = record ? record->owner : "";
    values[name::phase] = "ready";
    const bool is_up = network && network->active && !(record && record->down);
    const bool is_broken = !network || !network->trouble.empty();
    values[name::network_state] = is_broken ? "error" : is_up ? "active" : "inactive";
    if (const auto failed = seen->troubles.find(id); failed != seen->troubles.end())
        values[name::network_message] = failed->second;
    else if (const auto trouble = trouble_of_network(*seen, id); !trouble.empty())
        values[name::network_message] = trouble;
    if (record) values[name::network_size] = record->size;
    if (record && !record->summary.empty()) values[name::summary] = record->summary;
    add_observation(shown, *seen, network != nullptr);
    if (!network) return shown;
    if (record && seen->connected)
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

namespace {

// What of a network its making needs, as the plan in the journal.
std::string to_plan(const hv::NetworkInfo& wanted) {
    xml::Writer out;
    out.open("network").attribute("name", wanted.name).attribute("mode", mode_name(wanted.mode));
    if (!wanted.bridge.empty()) out.attribute("bridge", wanted.bridge);
    if (wanted.block)
        out.attribute("address", wanted.block->address.text())
            .attribute("prefix", std::to_string(wanted.block->prefix));
    return out.close().take();
}

hv::NetworkInfo from_plan(const state::Operation& operation) {
    const auto plan = xml::parse(operation.plan);
    const auto read = [&](std::string_view attribute) {
        const auto* value = plan.attribute(attribute);
        return value ? *value : std::string();
    };
    hv::NetworkInfo wanted;
    wanted.id = operation.target;
    wanted.name = read("name");
    wanted.bridge = read("bridge");
    for (const auto mode : {hv::NetworkMode::isolated, hv::NetworkMode::nat, hv::NetworkMode::bridge})
        if (mode_name(mode) == read("mode")) wanted.mode = mode;
    const auto address = Ipv4::parse(read("address"));
    const auto prefix = text::to_number(read("prefix"), 32);
    if (address && prefix) wanted.block = Ipv4Block{*address, static_cast<unsigned>(*prefix)};
    return wanted;
}

} // namespace

Made Networks::make(hv::NetworkInfo wanted, state::NetworkRecord record, const Choose& choose,
                    const Terms& terms) {
    look_connected(context_);
    wanted.id = record.id = new_uuid();
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
        return {record.id,
                submit(context_, KindOfOperation::create_network, record.id, terms, to_plan(wanted))};
    } catch (...) {
        building_.with([&](auto& building) { building.erase(record.id); });
        context_.inventory.drop_network(record.id);
        throw;
    }
}

state::Work Networks::creation(const state::Operation& operation) {
    const auto wanted = from_plan(operation);
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
                              context_.host.network().create(wanted);
                              context_.inventory.reread_network(wanted.id);
                          },
                          [this, id = wanted.id](state::Task&) { take_away(id); }});
    work.steps.back().see = see_network(context_, wanted.id, "create network " + wanted.id, true);
    work.ended = [this](const state::Operation& ended) { ended_creation(ended); };
    return work;
}

void Networks::ended_creation(const state::Operation& operation) {
    const auto& id = operation.target;
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->network_records, id);
    if (record && record->phase != state::Phase::leaving) {
        const bool is_default = record->title == default_name && record->owner.empty();
        if (operation.stage == state::Stage::done)
            change_record(id, [](state::NetworkRecord& mine) { mine.phase = state::Phase::ready; });
        else
            context_.inventory.drop_network(id);
        if (is_default && operation.stage == state::Stage::done) context_.notices.settle(about_default);
        if (is_default && operation.stage == state::Stage::failed) miss_default(operation.message);
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

// The first free /24 (or smaller or larger block of `prefix`) for a network that names no address.
Ipv4Block first_free(unsigned prefix, const std::function<std::string(const Ipv4Block&)>& in_the_way) {
    constexpr std::uint64_t most_tries = 100'000;
    if (prefix < pool_of_defaults.prefix)
        throw Error(Fault::invalid, "a network of that SIZE needs an ADDRESS");
    const auto step = Ipv4Block{{}, prefix}.count();
    const auto tries = std::min(most_tries, pool_of_defaults.count() / step);
    for (std::uint64_t index = 0; index < tries; ++index) {
        const Ipv4Block block{pool_of_defaults.nth(index * step), prefix};
        if (in_the_way(block).empty()) return block;
    }
    throw Error(Fault::conflict, "no block of " + pool_of_defaults.text() + " is free for the network");
}

} // namespace

namespace {

// OCCI has address and size as one: "10.1.0.0/24".
void take_prefix(std::string& address, std::string& size, bool is_size_given) {
    const auto slash = address.find('/');
    if (slash == address.npos) return;
    constexpr std::uint64_t least = 8, most = 30;
    const auto prefix = text::to_number(std::string_view(address).substr(slash + 1), most);
    if (!prefix || *prefix < least)
        throw Error(Fault::invalid,
                    "ADDRESS \"" + text::printable(address) + "\" does not end in a prefix from /8 to /30");
    auto meant = size_of(Ipv4Block{{}, static_cast<unsigned>(*prefix)});
    if (is_size_given && prefix_of(size) != *prefix)
        throw Error(Fault::invalid, "ADDRESS " + text::printable(address) + " and SIZE " +
                                        text::printable(size) + " do not agree");
    if (!is_size_given) size = std::move(meant);
    address.resize(slash);
}

// What a client may say, but not otherwise.
void check_settled(const occi::Resource& wanted) {
    if (wanted.string(name::network_allocation).value_or("dynamic") != "dynamic")
        throw Error(Fault::invalid,
                    std::string(name::network_allocation) + " must be dynamic: addresses are given by DHCP");
    if (wanted.string(name::network_gateway) && !wanted.string(name::network_address))
        throw Error(Fault::invalid,
                    std::string(name::network_gateway) + " goes with " + name::network_address + " only");
}

} // namespace

Made Networks::create(const occi::Resource& wanted, const Terms& terms) {
    hv::NetworkInfo network;
    network.mode = mode_of(wanted);
    state::NetworkRecord record{{},
                                terms.who.name,
                                wanted.string(name::title).value_or(""),
                                wanted.string(name::network_size).value_or("C"),
                                {}};
    record.summary = wanted.string(name::summary).value_or("");
    auto address = wanted.string(name::network_address);
    if (address) take_prefix(*address, record.size, wanted.string(name::network_size).has_value());
    check_settled(wanted);

    if (network.mode == hv::NetworkMode::bridge) {
        network.bridge = *wanted.string(name::network_bridge);
        if (address)
            throw Error(Fault::invalid, "a network on a bridge of the host has no ADDRESS of its own");
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

bool Networks::may_remove(const Uuid& id, const auth::Principal& who) {
    show(id, who); // not_found
    if (!state::find(look_connected(context_)->network_records, id)) return false;
    const auto user = ask_user_of_network(context_, id);
    (void)context_.claims.claim([&](const Claimed& others) {
        refuse_used(id, others, user);
        return Claimed();
    });
    return true;
}

void Networks::refuse_used(const Uuid& id, const Claimed& others, const std::string& user) const {
    if (!user.empty()) throw Error(Fault::conflict, "network " + id + " is used by " + user);
    if (const auto planned = user_of_network(*look(context_), id))
        throw Error(Fault::conflict, "network " + id + " is used by compute " + *planned);
    if (others.used.contains(id))
        throw Error(Fault::conflict, "network " + id + " is used by a compute that is being made");
}

state::Operation Networks::remove(const Uuid& id, const Terms& terms) {
    show(id, terms.who); // not_found
    const auto seen = look(context_);
    if (!state::find(seen->network_records, id)) refuse_foreign(context_, *seen, "network", id);
    look_connected(context_);
    const auto user = ask_user_of_network(context_, id);
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        refuse_used(id, others, user);
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
                              if (const auto user = ask_user_of_network(context_, id); !user.empty())
                                  throw Error(Fault::conflict, "network " + id + " is used by " + user);
                              take_away(id);
                          }});
    work.steps.back().see = see_no_network(context_, operation.target);
    work.ended = [this](const state::Operation& ended) {
        if (ended.stage == state::Stage::done) return context_.inventory.drop_network(ended.target);
        // It is still there: the client can try again.
        change_record(ended.target, [](state::NetworkRecord& record) { record.phase = state::Phase::ready; });
    };
    return work;
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
    for (const auto& id : seen->unrecorded) {
        const auto* network = state::find(seen->networks, id);
        if (!network || seen->network_records.contains(id)) continue;
        logging::info("network {} has no record: shown without owner", id);
        const auto size = network->block ? size_of(*network->block) : "C";
        context_.inventory.put(state::NetworkRecord{id, "", network->name, size, state::Phase::ready});
        context_.inventory.reread_network(id);
    }
}

void Networks::ensure_default() noexcept try {
    if (context_.settings.default_network != "auto") return;
    const auto seen = look(context_);
    for (const auto& [id, network] : seen->networks)
        if (network->name == default_name) return context_.notices.settle(about_default);
    for (const auto& [id, record] : seen->network_records)
        if (record->title == default_name && record->owner.empty() && record->phase != state::Phase::leaving)
            return;
    hv::NetworkInfo network;
    network.name = default_name;
    network.mode = hv::NetworkMode::nat;
    make(network, {{}, "", default_name, "C", {}},
         [](const auto& in_the_way) { return first_free(24, in_the_way); },
         {{"", auth::Role::administrator}});
} catch (const std::exception& failure) {
    miss_default(failure.what());
}

// Also when it cannot be made in the background. It is tried again when libvirt has been away.
void Networks::miss_default(const std::string& why) noexcept {
    const auto sentence = fmt::format(
        "the default network {} cannot be made: {}; computes need to name a network until then, or "
        "[network] default = none",
        default_name, why);
    if (context_.notices.raise(about_default, sentence)) logging::warning("{}", sentence);
}

std::optional<Uuid> Networks::default_network(const state::Snapshot& seen) const {
    const auto& wanted = context_.settings.default_network;
    if (wanted == "none") return std::nullopt;
    const std::string_view named = wanted == "auto" ? default_name : std::string_view(wanted);
    for (const auto& [id, network] : seen.networks)
        if (network->name == named) return id;
    throw Error(Fault::unavailable, "the default network \"" + std::string(named) +
                                        "\" is not there: name a network, or send an empty NICS for none");
}

} // namespace service
