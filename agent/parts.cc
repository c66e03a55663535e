#include "agent/parts.hh"

#include "agent/base/log.hh"

#include <iterator>

namespace {

// What users have given to an entity goes with it.
void take_mixins_with(state::OperationKind& removal, service::Mixins& mixins) {
    removal.work = [work = std::move(removal.work), &mixins](const state::Operation& operation) {
        auto made = work(operation);
        made.ended = [ended = std::move(made.ended), &mixins](const state::Operation& done) {
            if (done.stage == state::Stage::done) mixins.take_all(done.target);
            ended(done);
        };
        return made;
    };
}

std::vector<state::OperationKind> kinds_of(service::Computes& computes, service::Storages& storages,
                                           service::Networks& networks, service::Mixins& mixins) {
    auto kinds = computes.kinds();
    for (auto& more : {storages.kinds(), networks.kinds()})
        kinds.insert(kinds.end(), more.begin(), more.end());
    for (auto& kind : kinds)
        if (kind.name.starts_with("delete ")) take_mixins_with(kind, mixins);
    return kinds;
}

state::Event event_of(const state::Operation& operation) {
    state::Event event;
    event.subject = "operation";
    event.id = operation.id;
    event.owner = operation.owner;
    event.what = to_text(operation.stage);
    event.detail = operation.kind + " " + operation.target;
    if (!has_ended(operation.stage) && !operation.step_name.empty())
        event.detail += ": " + operation.step_name;
    if (!operation.message.empty()) event.detail += ": " + operation.message;
    return event;
}

state::Operations::Hooks hooks_of(state::Chronicle& chronicle, const service::Node& node) {
    return {[&chronicle](const state::Operation& operation) { chronicle.note(event_of(operation)); },
            [&node](std::stop_token stop) {
                constexpr auto until_connected = std::chrono::hours(24);
                node.inventory.wait([](const auto&) { return false; }, node.settings.retry_pause, stop);
                node.inventory.wait([](const auto& seen) { return seen.connected; }, until_connected, stop);
            }};
}

} // namespace

Parts::Parts(hv::Host& host, const std::filesystem::path& state, service::Settings settings,
             const std::vector<occi::Model::Template>& templates)
    : database_(state), store_(database_), journal_(database_), events_(database_), answers_(database_),
      chronicle_(events_, store_), model_(templates),
      inventory_(host, store_, chronicle_), node_{host,    database_, inventory_,         operations_,
                                                  events_, model_,    std::move(settings)},
      networks_(node_), storages_(node_), computes_(node_, networks_, storages_), links_(node_, computes_),
      mixins_(node_),
      operations_(journal_, kinds_of(computes_, storages_, networks_, mixins_), hooks_of(chronicle_, node_)),
      api_({model_, computes_, storages_, networks_, links_, mixins_, operations_, journal_, events_,
            answers_, node_}) {
    journal_.prune(std::chrono::system_clock::now());
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
    operations_.resume();
    networks_.resume(*at_start);
    storages_.resume(*at_start);
    computes_.resume(*at_start);
} catch (const std::exception& failure) {
    logging::error("cannot take up what the last run left: {}", failure.what());
}
