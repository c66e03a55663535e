#include "agent/api/entities.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>

namespace api {
namespace {

using auth::Principal;
using occi::Kind;
using Known = occi::Model::Known;
using Ids = std::vector<std::string>;

using service::Made, service::Terms;
using state::Operation;

struct Row {
    const Kind* Known::*kind;
    bool is_link;
    Ids (*list)(const Services&, const Kind&, const Principal&);
    render::AnyEntity (*show)(const Services&, const Kind&, const Uuid&, const Principal&);
    Made (*create)(const Services&, const render::AnyEntity&, const Terms&, const Uuid& wanted_id);
    std::optional<Operation> (*update)(const Services&, const occi::Resource&, const Terms&);
    bool (*may_remove)(const Services&, const Kind&, const Uuid&, const Principal&);
    Operation (*remove)(const Services&, const Kind&, const Uuid&, const Terms&);
    std::optional<Operation> (*invoke)(const Services&, const Uuid&, const occi::Invocation&, const Terms&);
};

Ids list_links(const Services& services, const Kind& kind, const Principal& who) {
    return services.links.list(kind, who);
}
render::AnyEntity show_link(const Services& services, const Kind& kind, const Uuid& id,
                            const Principal& who) {
    return services.links.show(kind, id, who);
}

Made create_link(const Services& services, const render::AnyEntity& link, const Terms& terms, const Uuid&) {
    return services.links.create(std::get<occi::Link>(link), terms);
}
std::optional<Operation> update_link(const Services& services, const occi::Resource& wanted,
                                     const Terms& terms) {
    return services.links.update(wanted.id, wanted, terms);
}
bool may_remove_link(const Services& services, const Kind& kind, const Uuid& id, const Principal& who) {
    return services.links.may_remove(kind, id, who);
}
Operation remove_link(const Services& services, const Kind& kind, const Uuid& id, const Terms& terms) {
    return services.links.remove(kind, id, terms);
}

service::Computes& computes(const Services& services) noexcept { return services.computes; }
service::Networks& networks(const Services& services) noexcept { return services.networks; }
service::Storages& storages(const Services& services) noexcept { return services.storages; }

// They all have the same face.
template <auto service_of> Ids list_resources(const Services& services, const Kind&, const Principal& who) {
    return service_of(services).list(who);
}
template <auto service_of>
render::AnyEntity show_resource(const Services& services, const Kind&, const Uuid& id, const Principal& who) {
    return service_of(services).show(id, who);
}
template <auto service_of>
Made create_resource(const Services& services, const render::AnyEntity& wanted, const Terms& terms,
                     const Uuid& wanted_id) {
    if (!wanted_id.empty()) throw Error(Fault::invalid, "the id is chosen here: make it by a POST");
    return service_of(services).create(std::get<occi::Resource>(wanted), terms);
}
template <auto service_of>
std::optional<Operation> update_resource(const Services& services, const occi::Resource& wanted,
                                         const Terms& terms) {
    return service_of(services).update(wanted.id, wanted, terms);
}
template <auto service_of>
bool may_remove_resource(const Services& services, const Kind&, const Uuid& id, const Principal& who) {
    return service_of(services).may_remove(id, who);
}
template <auto service_of>
Operation remove_resource(const Services& services, const Kind&, const Uuid& id, const Terms& terms) {
    return service_of(services).remove(id, terms);
}

template <auto service_of>
std::optional<Operation> invoke_on(const Services& services, const Uuid& id, const occi::Invocation& wanted,
                                   const Terms& terms) {
    return service_of(services).invoke(id, wanted, terms);
}

// A compute that names no network gets the default one.
Made create_compute(const Services& services, const render::AnyEntity& wanted, const Terms& terms,
                    const Uuid& wanted_id) {
    const auto& compute = std::get<occi::Resource>(wanted);
    const bool is_connected = std::ranges::any_of(compute.links, [&](const occi::Link& link) {
        return link.kind == services.model.known().networkinterface;
    });
    return services.computes.create(compute, !is_connected, terms, wanted_id);
}

// clang-format off
constexpr std::array rows{
    Row{&Known::compute, false,
        list_resources<computes>, show_resource<computes>, create_compute,
        update_resource<computes>, may_remove_resource<computes>, remove_resource<computes>, invoke_on<computes>},
    Row{&Known::network, false,
        list_resources<networks>, show_resource<networks>, create_resource<networks>,
        update_resource<networks>, may_remove_resource<networks>, remove_resource<networks>, invoke_on<networks>},
    Row{&Known::storage, false,
        list_resources<storages>, show_resource<storages>, create_resource<storages>,
        update_resource<storages>, may_remove_resource<storages>, remove_resource<storages>, invoke_on<storages>},
    Row{&Known::networkinterface, true, list_links, show_link, create_link, update_link, may_remove_link,
        remove_link, nullptr},
    Row{&Known::storagelink, true, list_links, show_link, create_link, update_link, may_remove_link,
        remove_link, nullptr},
};
// clang-format on

const Row* row_of(const Kind& kind, const occi::Model& model) noexcept {
    const auto found =
        std::ranges::find_if(rows, [&](const Row& row) { return model.known().*row.kind == &kind; });
    return found == rows.end() ? nullptr : &*found;
}

} // namespace

std::vector<std::string> ids_of(const Services& services, const Kind& kind, const Principal& who) {
    const auto* row = row_of(kind, services.model);
    return row ? row->list(services, kind, who) : Ids();
}

namespace {

const Row& row_that_has(const Kind& kind, const Services& services) {
    const auto* row = row_of(kind, services.model);
    if (!row) throw Error(Fault::not_found, "there is no " + kind.id.term);
    return *row;
}

// What users have given to it, and to its links, is shown with the rest.
void add_tags(occi::Entity& entity, const Services& services, const Principal& who) {
    for (auto& tag : services.mixins.given_to(entity.id, who)) entity.mixins.push_back(std::move(tag));
}

} // namespace

render::AnyEntity show(const Services& services, const Kind& kind, const Uuid& id, const Principal& who) {
    auto shown = row_that_has(kind, services).show(services, kind, id, who);
    if (auto* resource = std::get_if<occi::Resource>(&shown)) {
        add_tags(*resource, services, who);
        for (auto& link : resource->links) add_tags(link, services, who);
    } else {
        add_tags(std::get<occi::Link>(shown), services, who);
    }
    return shown;
}

std::optional<render::AnyEntity> find(const Services& services, const Kind& kind, const Uuid& id,
                                      const Principal& who) {
    try {
        return show(services, kind, id, who);
    } catch (const Error& failure) {
        if (failure.fault() != Fault::not_found) throw;
        return std::nullopt;
    }
}

service::Made create(const Services& services, const render::AnyEntity& wanted, const service::Terms& terms,
                     const Uuid& wanted_id) {
    const auto& kind = *render::entity_in(wanted).kind;
    return row_that_has(kind, services).create(services, wanted, terms, wanted_id);
}

std::optional<state::Operation> update(const Services& services, const occi::Resource& wanted,
                                       const service::Terms& terms) {
    return row_that_has(*wanted.kind, services).update(services, wanted, terms);
}

std::optional<state::Operation> invoke(const Services& services, const Kind& kind, const Uuid& id,
                                       const occi::Invocation& wanted, const service::Terms& terms) {
    const auto& row = row_that_has(kind, services);
    if (!row.invoke) throw Error(Fault::invalid, "a " + kind.id.term + " has no actions");
    return row.invoke(services, id, wanted, terms);
}

const occi::Action* action_of(const Kind& kind, std::string_view term) noexcept {
    const auto found = std::ranges::find(
        kind.actions, term, [](const auto* action) { return std::string_view(action->id.term); });
    return found == kind.actions.end() ? nullptr : *found;
}

void add(render::Collection& collection, render::AnyEntity entity) {
    if (auto* link = std::get_if<occi::Link>(&entity)) {
        if (!collection.links) collection.links.emplace();
        collection.links->push_back(std::move(*link));
    } else {
        if (!collection.resources) collection.resources.emplace();
        collection.resources->push_back(std::get<occi::Resource>(std::move(entity)));
    }
}

bool may_remove(const Services& services, const Kind& kind, const Uuid& id, const Principal& who) {
    return row_that_has(kind, services).may_remove(services, kind, id, who);
}

state::Operation remove(const Services& services, const Kind& kind, const Uuid& id,
                        const service::Terms& terms) {
    return row_that_has(kind, services).remove(services, kind, id, terms);
}

std::vector<const Kind*> kinds_of_entities(const occi::Model& model) {
    std::vector<const Kind*> kinds;
    kinds.reserve(rows.size());
    for (const auto& row : rows) kinds.push_back(model.known().*row.kind);
    return kinds;
}

bool is_link(const Kind& kind, const occi::Model& model) noexcept {
    const auto* row = row_of(kind, model);
    return row && row->is_link;
}

bool is_there(const Services& services, const Uuid& compute) {
    const auto seen = services.context.inventory.now();
    return seen->machines.contains(compute) || seen->compute_records.contains(compute) ||
           services.operations.holder(compute);
}

void require_uuid(std::string_view id) {
    if (!is_uuid(id)) throw Error(Fault::invalid, "\"" + text::printable(id) + "\" is no UUID in lower case");
}

} // namespace api
