#include "tests/golden/shown.hh"

#include "agent/occi/names.hh"

#include <algorithm>

namespace golden {

occi::Resource as_shown(occi::Resource compute, const occi::Model& model) {
    compute.id = "11111111-2222-4333-8444-555555555555";
    if (compute.mixins.empty()) compute.mixins.push_back(model.resource_template("small"));
    for (auto& link : compute.links) {
        const bool is_disk = link.kind == model.known().storagelink;
        link.attributes[is_disk ? occi::name::deviceid : occi::name::mac] =
            is_disk ? "/dev/vda" : "52:54:00:00:00:01";
    }
    return compute;
}

occi::Resource told_part(occi::Resource compute, const occi::Model& model) {
    if (compute.mixins.empty()) compute.mixins.push_back(model.resource_template("small"));
    compute.attributes.erase(occi::name::cores);
    compute.attributes.erase(occi::name::memory);
    return compute;
}

occi::Resource as_shown_network(occi::Resource network, const occi::Model& model) {
    auto& values = network.attributes;
    const auto* mixin = model.known().network_bridge;
    if (std::ranges::find(network.mixins, mixin) == network.mixins.end()) network.mixins.push_back(mixin);
    values.try_emplace(occi::name::network_mode,
                       values.contains(occi::name::network_bridge) ? "bridge" : "isolated");
    if (network.string(occi::name::network_mode) != "bridge") values.erase(occi::name::network_bridge);
    return network;
}

occi::Resource as_shown_storage(occi::Resource storage) {
    storage.attributes.try_emplace(occi::name::storage_size, 1.0);
    return storage;
}

} // namespace golden
