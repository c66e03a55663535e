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

struct Row {
    const Kind* Known::*kind;
    bool is_link;
    Ids (*list)(const Services&, const Kind&, const Principal&);
    render::AnyEntity (*show)(const Services&, const Kind&, const Uuid&, const Principal&);
};

Ids list_links(const Services& services, const Kind& kind, const Principal& who) {
    return services.links.list(kind, who);
}
render::AnyEntity show_link(const Services& services, const Kind& kind, const Uuid& id,
                            const Principal& who) {
    return services.links.show(kind, id, who);
}

constexpr std::array rows{
    Row{&Known::compute, false,
        [](const Services& services, const Kind&, const Principal& who) {
            return services.computes.list(who);
        },
        [](const Services& services, const Kind&, const Uuid& id, const Principal& who) {
            return render::AnyEntity(services.computes.show(id, who));
        }},
    Row{&Known::network, false,
        [](const Services& services, const Kind&, const Principal& who) {
            return services.networks.list(who);
        },
        [](const Services& services, const Kind&, const Uuid& id, const Principal& who) {
            return render::AnyEntity(services.networks.show(id, who));
        }},
    Row{&Known::storage, false,
        [](const Services& services, const Kind&, const Principal& who) {
            return services.storages.list(who);
        },
        [](const Services& services, const Kind&, const Uuid& id, const Principal& who) {
            return render::AnyEntity(services.storages.show(id, who));
        }},
    Row{&Known::networkinterface, true, list_links, show_link},
    Row{&Known::storagelink, true, list_links, show_link},
};

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

render::AnyEntity show(const Services& services, const Kind& kind, const Uuid& id, const Principal& who) {
    const auto* row = row_of(kind, services.model);
    if (!row) throw Error(Fault::not_found, "there is no " + kind.id.term + " " + text::printable(id));
    return row->show(services, kind, id, who);
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

} // namespace api
