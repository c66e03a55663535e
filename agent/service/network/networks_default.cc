#include "agent/service/network/networks.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/service/network/addresses.hh"

#include <fmt/format.h>

#include <exception>
#include <string_view>

namespace service {
namespace {

constexpr auto default_name = "occi-default";
constexpr auto about_default = "default network";

} // namespace

bool Networks::is_default(const state::NetworkRecord& record) {
    return record.title == default_name && record.owner.empty();
}

// What has become of its creation.
void Networks::ended_default(const state::Operation& operation) {
    if (operation.stage == state::Stage::done) context_.notices.settle(about_default);
    if (operation.stage == state::Stage::failed) miss_default(operation.message);
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
