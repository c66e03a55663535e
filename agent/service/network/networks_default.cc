#include "agent/service/network/networks.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/service/network/addresses.hh"
#include "agent/service/network/default_network.hh"
#include "agent/service/operation_kinds.hh"
#include "agent/service/plans.hh"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string_view>

namespace service {
namespace {

constexpr auto default_name = "occi-default";
constexpr auto about_default = "default network";
constexpr auto size_of_default = "C";
constexpr unsigned prefix_of_default = 24;
constexpr std::chrono::minutes longest_pause{10};

bool is_of_default(const state::NetworkRecord& record) {
    return record.title == default_name && record.owner.empty();
}

const hv::NetworkInfo* network_named(const state::Snapshot& seen, std::string_view name) {
    for (const auto& [id, network] : seen.networks)
        if (network->name == name) return network.get();
    return nullptr;
}

// That of others, and gone with them: neither a client nor this agent has removed it.
const state::NetworkRecord* taken_away(const state::Snapshot& seen) {
    for (const auto& [id, record] : seen.network_records)
        if (is_of_default(*record) && record->phase == state::Phase::ready && !seen.networks.contains(id))
            return record.get();
    return nullptr;
}

// Which is being made, as it will be.
std::optional<hv::NetworkInfo> default_to_be(const Context& context, const state::Snapshot& seen) {
    for (const auto& [id, record] : seen.network_records) {
        if (!is_of_default(*record) || record->phase != state::Phase::coming) continue;
        const auto making = context.operations.holder(id);
        if (!making || !is(*making, KindOfOperation::create_network)) continue;
        auto network = plan_of<hv::NetworkInfo>(*making);
        network.ours = network.active = true;
        return network;
    }
    return std::nullopt;
}

} // namespace

std::string default_network_under_way(const Context& context, const state::Snapshot& seen) {
    if (context.settings.default_network != "auto" || !seen.complete) return {};
    if (!context.database.why_read_only().empty() || !seen.why_foreign.empty()) return {}; // none is made
    const bool is_coming = std::ranges::any_of(seen.network_records, [](const auto& entry) {
        return is_of_default(*entry.second) && entry.second->phase == state::Phase::coming;
    });
    if (!is_coming && (context.has_begun || network_named(seen, default_name))) return {};
    return fmt::format("the default network {} is being made: computes that name no network wait for it",
                       default_name);
}

std::string why_no_network(const Context& context, const Uuid& id) {
    const auto notices = context.notices.now();
    const auto why = notices.find(about_default);
    return "network " + id + " is not there" + (why == notices.end() ? "" : ": " + why->second);
}

bool Networks::is_default(const state::NetworkRecord& record) { return is_of_default(record); }

// What has become of its creation.
void Networks::ended_default(const state::Operation& operation) {
    if (operation.stage == state::Stage::done) context_.notices.settle(about_default);
    if (operation.stage == state::Stage::failed) miss_default(operation.message);
}

void Networks::ensure_default() noexcept try {
    if (context_.settings.default_network != "auto") return;
    const auto seen = look(context_);
    if (network_named(*seen, default_name)) return context_.notices.settle(about_default);
    if (const auto* record = taken_away(*seen)) return make_default_again(*seen, *record);
    for (const auto& [id, record] : seen->network_records)
        if (is_of_default(*record) && record->phase != state::Phase::leaving) return;
    hv::NetworkInfo network;
    network.name = default_name;
    network.mode = hv::NetworkMode::nat;
    state::NetworkRecord record{{}, "", default_name, size_of_default, {}};
    record.share = Share::everybody;
    make(network, std::move(record),
         [](const auto& in_the_way) { return first_free(prefix_of_default, in_the_way); },
         {{"", auth::Role::administrator}});
} catch (const std::exception& failure) {
    miss_default(failure.what());
}

void Networks::restore_default() noexcept try {
    if (context_.settings.default_network != "auto" || !context_.has_begun) return;
    const auto seen = context_.inventory.now();
    if (!seen->connected || !seen->why_foreign.empty() || !context_.database.why_read_only().empty()) return;
    if (network_named(*seen, default_name)) return;
    if (const auto* record = taken_away(*seen)) make_default_again(*seen, *record);
} catch (const std::exception& failure) {
    miss_default(failure.what());
}

// The same network to its computes: with its id and its addresses.
void Networks::make_default_again(const state::Snapshot& seen, state::NetworkRecord record) {
    const bool now = restoring_.with([](Brake& brake) { return brake.admits(Brake::Clock::now()); });
    if (!now && context_.notices.now().contains(about_default)) return; // why it could not be made
    if (!now)
        return tell_missing(
            "is not there: others have taken it away again and again, and it is made again after a "
            "pause; find out who does that");
    logging::warning("the default network {} was taken away by others: it is made again", default_name);
    hv::NetworkInfo network;
    network.name = default_name;
    network.mode = hv::NetworkMode::nat;
    const auto reserved = reservations_on(seen, record.id);
    record.phase = state::Phase::coming;
    make(network, record,
         [&](const auto& in_the_way) {
             if (reserved.empty()) return first_free(prefix_of_default, in_the_way);
             Ipv4Block block{reserved.front().address, prefix_of_default};
             block.address.bits &= block.mask().bits;
             if (const auto other = in_the_way(block); !other.empty())
                 throw Error(Fault::conflict, block.text() + ", which its computes have, overlaps " + other);
             return block;
         },
         {{"", auth::Role::administrator}});
}

// A client has said so: it stays away until the next start.
void Networks::ended_removal_of_default() {
    const auto seen = context_.inventory.now();
    const auto is_another = [](const auto& entry) { return is_of_default(*entry.second); };
    if (context_.settings.default_network != "auto" || std::ranges::any_of(seen->network_records, is_another))
        return;
    tell_missing("is not there: a client has deleted it, and it is made again when the agent starts again");
}

Brake Networks::brake_of(const Settings& settings) { return {settings.restore_pause, longest_pause}; }

// Also when it cannot be made in the background. It is tried again when libvirt has been away.
void Networks::miss_default(const std::string& why) noexcept { tell_missing("cannot be made: " + why); }

void Networks::tell_missing(const std::string& what) noexcept {
    const auto sentence = fmt::format(
        "the default network {} {}; computes need to name a network until then, or [network] default = none",
        default_name, what);
    if (context_.notices.raise(about_default, sentence)) logging::warning("{}", sentence);
}

std::optional<hv::NetworkInfo> Networks::default_network() const {
    const auto& wanted = context_.settings.default_network;
    if (wanted == "none") return std::nullopt;
    const std::string_view named = wanted == "auto" ? default_name : std::string_view(wanted);
    for (int look = 0; look < 2; ++look) { // it may have come between the two questions
        const auto seen = context_.inventory.now();
        // First, as libvirt has it a moment before it runs.
        if (wanted == "auto")
            if (auto coming = default_to_be(context_, *seen)) return coming;
        if (const auto* network = network_named(*seen, named)) return *network;
    }
    const auto notices = context_.notices.now();
    if (const auto why = notices.find(about_default); why != notices.end())
        throw Error(Fault::unavailable, why->second);
    throw Error(Fault::unavailable, "the default network \"" + std::string(named) +
                                        "\" is not there: name a network, or send an empty NICS for none");
}

} // namespace service
