#include "agent/agent.hh"

#include "agent/base/log.hh"
#include "agent/service/all_kinds.hh"
#include "agent/service/rebuild.hh"

#include <iterator>
#include <utility>

namespace {

state::Event event_of(const state::Operation& operation) {
    state::Event event;
    event.subject = "operation";
    event.id = operation.id;
    event.be_of(whose(operation));
    event.what = to_text(operation.stage);
    event.detail = operation.kind + " " + operation.target;
    if (!has_ended(operation.stage) && !operation.step_name.empty())
        event.detail += ": " + operation.step_name;
    if (!operation.message.empty()) event.detail += ": " + operation.message;
    return event;
}

state::Operations::Hooks hooks_of(state::Chronicle& chronicle, const service::Context& context) {
    return {[&chronicle](const state::Operation& operation) { chronicle.note(event_of(operation)); },
            context.settings.retry_pause, [&context] { return context.inventory.now()->connected; }};
}

state::Kept kept_notes(hv::Notes& notes) try {
    return state::read_notes(notes.list());
} catch (const std::exception& failure) {
    logging::warning("names and owners that are kept beside the volumes cannot be read: {}", failure.what());
    return {};
}

} // namespace

Agent::Agent(hv::Host& host, const std::filesystem::path& state, service::Settings settings,
             const std::vector<occi::Model::Template>& templates, const auth::Options& who)
    : database_(state), store_(database_), journal_(database_), events_(database_), answers_(database_),
      chronicle_(events_, store_), model_(templates),
      inventory_(host, store_, chronicle_), context_{host,    database_, inventory_,         operations_,
                                                     events_, model_,    std::move(settings)},
      networks_(context_), storages_(context_), computes_(context_, networks_, storages_),
      links_(context_, computes_), mixins_(context_),
      operations_(journal_, all_kinds(computes_, storages_, networks_, mixins_),
                  hooks_of(chronicle_, context_)),
      keepsakes_(inventory_, host.notes()), services_{model_,  computes_, storages_,   networks_,
                                                      links_,  mixins_,   operations_, journal_,
                                                      events_, answers_,  context_,    renderings_},
      authenticator_(who), door_(authenticator_), api_(services_, door_) {
    database_.on_renewal([this] {
        store_.put_missing(*inventory_.now());
        journal_.plan_missing(operations_.all_under_way());
    });
    journal_.prune(std::chrono::system_clock::now());
    auto refilled = [this, at_start = inventory_.now(), done = false, pool_done = false]() mutable {
        const Defer begun([this] { context_.has_begun = true; });
        if (!database_.why_read_only().empty()) return;     // nothing goes on, and nothing is begun
        if (!inventory_.now()->why_foreign.empty()) return; // nothing is changed
        // What volumes there are may be known later than the rest.
        const bool pool_too = !pool_done && inventory_.now()->pool_listed;
        pool_done = pool_done || pool_too;
        if (!std::exchange(done, true))
            take_up(*at_start, pool_too);
        else if (pool_too) {
            adopt();
            take_up_storages(*at_start);
        }
        networks_.ensure_default();
    };
    inventory_.watch(std::move(refilled), [this] { networks_.restore_default(); });
}

Agent::~Agent() {
    // Nobody may call into the services any more when they go.
    inventory_.unwatch();
    operations_.stop();
}

void Agent::take_up(const state::Snapshot& at_start, bool storages_too) try {
    if (storages_too) adopt();
    operations_.resume();
    networks_.resume(at_start);
    if (storages_too) take_up_storages(at_start);
    computes_.resume(at_start);
} catch (const std::exception& failure) {
    const auto sentence = std::string("cannot take up what the last run left: ") + failure.what() +
                          "; restart the agent to try it again";
    logging::error("{}", sentence);
    context_.notices.raise("last run", sentence);
}

// What has our mark and no record. The names are in the pool, so that one that is not there yet is waited for.
void Agent::adopt() try {
    if (!inventory_.is_new() && !database_.is_incomplete()) return;
    service::Rebuilding rebuilding(context_, kept_notes(context_.host.notes()));
    rebuilding.name_networks();
    networks_.adopt();
    computes_.adopt();
    inventory_.settled();
    rebuilding.tell();
} catch (const std::exception& failure) {
    logging::error("cannot take over what has no record: {}", failure.what());
}

void Agent::take_up_storages(const state::Snapshot& at_start) try {
    service::Rebuilding rebuilding(context_, kept_notes(context_.host.notes()));
    rebuilding.take_over_storages();
    rebuilding.tell();
    storages_.resume(at_start);
    keepsakes_.begin();
} catch (const std::exception& failure) {
    logging::error("cannot take up what the last run left of storages: {}", failure.what());
}
