#include "tests/golden/shown.hh"

#include "agent/occi/names.hh"

#include <algorithm>

namespace golden {

namespace {

// What the agent chooses.
void give_devices(occi::Resource& compute, const occi::Model& model) {
    for (auto& link : compute.links) {
        const bool is_disk = link.kind == model.known().storagelink;
        link.attributes[is_disk ? occi::name::deviceid : occi::name::mac] =
            is_disk ? "/dev/vda" : "52:54:00:00:00:01";
    }
}

void give_type(occi::Resource& compute, const occi::Model& model) {
    const auto is_type = [&](const occi::MixinRef& mixin) { return model.resource_template(mixin->id.term); };
    if (std::ranges::none_of(compute.mixins, is_type))
        compute.mixins.insert(compute.mixins.begin(), model.resource_template("small"));
}

bool has_open_sizes(const occi::Resource& compute) { return compute.mixins.front()->id.term == "custom"; }

} // namespace

occi::Resource as_shown(occi::Resource compute, const occi::Model& model) {
    compute.id = "11111111-2222-4333-8444-555555555555";
    give_type(compute, model);
    give_devices(compute, model);
    return compute;
}

occi::Resource told_part(occi::Resource compute, const occi::Model& model) {
    give_type(compute, model);
    if (!has_open_sizes(compute)) {
        compute.attributes.erase(occi::name::cores);
        compute.attributes.erase(occi::name::memory);
    }
    // Secrets are for OCCI alone to show.
    for (const auto* secret : {occi::name::ssh_key, occi::name::user_data}) compute.attributes.erase(secret);
    const auto is_secret = [&](const occi::MixinRef& mixin) {
        return mixin.get() == model.known().ssh_key || mixin.get() == model.known().user_data;
    };
    std::erase_if(compute.mixins, is_secret);
    give_devices(compute, model);
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
