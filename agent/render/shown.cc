#include "agent/render/shown.hh"

#include "agent/occi/names.hh"

#include <algorithm>

namespace render {
namespace {

namespace name = occi::name;

// Sorts behind everything that a name may consist of.
constexpr char behind_all = '~';

void add_others(ShownAttributes& shown, const occi::Entity& entity) {
    const auto first = static_cast<std::ptrdiff_t>(shown.size());
    for (const auto& [each, value] : entity.attributes) shown.emplace_back(each, value);
    std::ranges::sort(shown.begin() + first, shown.end(), {},
                      [](const auto& attribute) { return attribute.first + behind_all; });
}

} // namespace

const occi::Entity& entity_in(const AnyEntity& any) noexcept {
    if (const auto* link = std::get_if<occi::Link>(&any)) return *link;
    return *std::get_if<occi::Resource>(&any);
}

std::string urn_of(const occi::Entity& entity) { return "urn:uuid:" + entity.id; }

std::string path_of(const occi::Kind& kind, std::string_view id) { return kind.location + std::string(id); }
std::string path_of(const occi::Entity& entity) { return path_of(*entity.kind, entity.id); }

std::string target_of(const occi::Link& link) { return link.target.empty() ? urn_of(link) : link.target; }

std::string target_kind_of(const occi::Link& link) {
    if (link.target_kind && !link.target.empty()) return link.target_kind->id.text();
    return std::string(occi::scheme::core) + "resource";
}

ShownAttributes attributes_of(const occi::Resource& resource) {
    ShownAttributes shown{{name::id, urn_of(resource)}};
    add_others(shown, resource);
    return shown;
}

ShownAttributes attributes_of(const occi::Link& link) {
    ShownAttributes shown{
        {name::id, urn_of(link)}, {name::source, link.source}, {name::target, target_of(link)}};
    add_others(shown, link);
    return shown;
}

ShownAttributes attributes_of(const AnyEntity& any) {
    return std::visit([](const auto& entity) { return attributes_of(entity); }, any);
}

std::vector<const occi::AttributeSpec*> specs_of(const occi::Category& category) {
    std::vector<const occi::AttributeSpec*> specs;
    for (const auto& spec : category.attributes) specs.push_back(&spec);
    return specs;
}

std::vector<const occi::AttributeSpec*> specs_of(const occi::Kind& kind) {
    auto specs = kind.parent ? specs_of(*kind.parent) : std::vector<const occi::AttributeSpec*>();
    for (const auto& spec : kind.attributes) specs.push_back(&spec);
    return specs;
}

} // namespace render
