#include "agent/service/rebuild.hh"

#include "agent/base/log.hh"
#include "agent/service/users.hh"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace service {
namespace {

template <class Record> const Record* find_by_id(const std::vector<Record>& records, const std::string& id) {
    const auto found = std::ranges::find(records, id, &Record::id);
    return found == records.end() ? nullptr : &*found;
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

} // namespace

Rebuilding::Rebuilding(Context& context, state::Kept kept)
    : context_(context), kept_(std::move(kept)), computes_before_(look(context)->compute_records.size()),
      networks_before_(look(context)->network_records.size()) {}

void Rebuilding::name_networks() {
    const auto seen = look(context_);
    for (const auto& [id, mark] : seen->unrecorded) {
        const auto* known = find_by_id(kept_.networks, id);
        if (!known || !seen->networks.contains(id) || seen->network_records.contains(id)) continue;
        logging::info("network {} has no record: its name and owner come from its note", id);
        context_.inventory.put(*known);
        context_.inventory.reread_network(id);
    }
    for (const auto& record : kept_.mixins)
        if (!seen->mixin_records.contains(record.id) && !context_.model.mixin({record.scheme, record.term}))
            context_.inventory.put(record);
}

void Rebuilding::take_over_storages() {
    const auto seen = look(context_);
    // The disks of a machine go with it; of one that is lost with its record nobody else would show or remove them.
    const auto is_part = [&](const Uuid& id, const hv::Volume& volume) {
        return !volume.backing.empty() || kept_.parts.contains(id);
    };
    std::set<Uuid> unknown;
    for (const auto& [id, volume] : seen->volumes)
        if (!seen->storage_records.contains(id) && !user_of_volume(*seen, id) &&
            !context_.operations.mentions(id) && (!is_part(id, *volume) || context_.database.is_incomplete()))
            unknown.insert(id);
    const auto users = ask_users(context_, unknown);
    for (const auto& id : unknown) {
        const auto* known = find_by_id(kept_.storages, id);
        // One that has a name of its own may be plugged into a machine.
        const auto used = users.find(id);
        if (!known && used != users.end() && holder_among(used->second)) continue;
        logging::info("volume {} has no record: {}", id,
                      known ? "its name and owner come from its note" : "shown without owner and name");
        auto record = known ? *known : state::StorageRecord{id, "", "", "", 0, state::Phase::ready, ""};
        record.bytes = seen->volumes.at(id)->bytes;
        context_.inventory.put(record);
        ++(known ? named_ : nameless_);
    }
}

void Rebuilding::tell() const {
    const auto seen = look(context_);
    const auto computes = seen->compute_records.size() - computes_before_;
    const auto networks = seen->network_records.size() - networks_before_;
    if (!context_.database.is_incomplete() || computes + networks + named_ + nameless_ == 0) return;
    std::string found;
    const auto add = [&](std::size_t count, const std::string& one, const std::string& many) {
        if (count > 0) found += (found.empty() ? "" : ", ") + counted(count, one, many);
    };
    add(computes, "compute", "computes");
    add(networks, "network", "networks");
    add(named_ + nameless_, "storage", "storages");
    if (nameless_ > 0) found += " (" + std::to_string(nameless_) + " without name and owner)";
    const auto sentence =
        "the agent's own store was lost, as a whole or in part, and rebuilt from libvirt and the pool: " +
        found + "; operations and answers of before, and secrets of computes, may be gone";
    logging::warning("{}", sentence);
    context_.database.add_trouble(sentence);
}

} // namespace service
