#include "agent/parts.hh"

#include "agent/base/log.hh"

Parts::Parts(hv::Host& host, const std::filesystem::path& state, service::Settings settings,
             const std::vector<occi::Model::Template>& templates)
    : store_(state), model_(templates),
      inventory_(host, store_), node_{host, inventory_, operations_, model_, std::move(settings)},
      networks_(node_), storages_(node_), computes_(node_, networks_),
      api_({model_, computes_, storages_, networks_}) {
    inventory_.watch([this, at_start = inventory_.now(), done = false]() mutable {
        if (!std::exchange(done, true)) take_up(at_start);
        networks_.ensure_default();
    });
}

Parts::~Parts() {
    // Nobody may call into the services any more when they go.
    inventory_.unwatch();
    operations_.stop();
}

void Parts::take_up(const std::shared_ptr<const state::Snapshot>& at_start) try {
    networks_.resume(*at_start);
    storages_.resume(*at_start);
    computes_.resume(*at_start);
} catch (const std::exception& failure) {
    logging::error("cannot take up what the last run left: {}", failure.what());
}
