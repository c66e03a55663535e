#include "agent/service/ownership.hh"

#include "agent/base/error.hh"

#include <fmt/format.h>

namespace service {
namespace {

constexpr std::string_view own_default = "auto", no_default = "none";

bool is_default(const Context& context, const hv::NetworkInfo& network) {
    const auto& name = context.settings.default_network;
    return name != own_default && name != no_default && network.name == name;
}

} // namespace

Ownership whose_network(const Context& context, const state::Snapshot& seen, const Uuid& id) {
    if (const auto* record = state::find(seen.network_records, id)) return state::whose(*record);
    const auto* network = state::find(seen.networks, id);
    return {"", "", network && is_default(context, *network) ? Share::everybody : Share::nobody};
}

void require_change(const auth::Principal& who, const Ownership& of, std::string_view thing, const Uuid& id) {
    if (who.may_change(of)) return;
    if (of.owner.empty())
        throw Error(Fault::forbidden,
                    fmt::format("{} {} is only shown to you: an administrator may change it", thing, id));
    throw Error(
        Fault::forbidden,
        fmt::format("{} {} is only shown to you: its owner, an operator{} or an administrator may change it",
                    thing, id, of.group.empty() ? "" : " of its group"));
}

} // namespace service
