#include "agent/service/network/network_trouble.hh"

namespace service {

std::string trouble_of_network(const state::Snapshot& seen, const Uuid& id) {
    if (!seen.complete) return {}; // nothing may be called missing yet
    const auto* record = state::find(seen.network_records, id);
    const auto* network = state::find(seen.networks, id);
    const bool is_ours = record && record->phase == state::Phase::ready;
    if (!network)
        return is_ours ? "libvirt has it no longer, somebody else removed it: delete it here, too" : "";
    if (record && record->down) return {};
    if (!network->trouble.empty()) return network->trouble;
    return is_ours && !network->active
               ? "it is not active, and nobody took it down here: bring it up (action up)"
               : "";
}

} // namespace service
