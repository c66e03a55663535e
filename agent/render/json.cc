#include "agent/render/json.hh"

#include "agent/occi/names.hh"
#include "agent/render/shown.hh"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace render {
namespace {

namespace name = occi::name;
using Json = nlohmann::ordered_json;

std::string dump(const Json& document) {
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const occi::Value& value) {
    return std::visit([](const auto& held) { return Json(held); }, value);
}

template <class List> Json ids(const List& categories) {
    auto all = Json::array();
    for (const auto& category : categories) all.push_back(category->id.text());
    return all;
}

// Clients of rOCCI 5 want lists that have something in them, or none.
template <class List> void add_ids(Json& object, const char* member, const List& categories) {
    if (!categories.empty()) object[member] = ids(categories);
}

// ---- entities ------------------------------------------------------------------------------------------------------

Json begin_entity(const occi::Entity& entity) {
    Json object = {{"kind", entity.kind->id.text()}, {"id", urn_of(entity)}};
    if (const auto title = entity.string(name::title)) object["title"] = *title;
    add_ids(object, "mixins", entity.mixins);
    return object;
}

// Those of occi.core, too, which the standard has as members only: rOCCI 5 reads nothing else.
void add_attributes(Json& object, const ShownAttributes& attributes) {
    auto& all = object["attributes"] = Json::object();
    for (const auto& [each, value] : attributes) all[each] = to_json(value);
}

Json to_json(const occi::Link& link) {
    auto object = begin_entity(link);
    object["source"] = {{"location", link.source}};
    object["target"] = {{"location", target_of(link)}, {"kind", target_kind_of(link)}};
    add_attributes(object, attributes_of(link));
    add_ids(object, "actions", link.actions);
    return object;
}

Json to_json(const occi::Resource&);

template <class T> Json list_of(const std::vector<T>& entities) {
    auto list = Json::array();
    for (const auto& entity : entities) list.push_back(to_json(entity));
    return list;
}

Json to_json(const occi::Resource& resource) {
    auto object = begin_entity(resource);
    if (const auto summary = resource.string(name::summary)) object["summary"] = *summary;
    add_attributes(object, attributes_of(resource));
    add_ids(object, "actions", resource.actions);
    if (!resource.links.empty()) object["links"] = list_of(resource.links);
    return object;
}

// ---- categories ----------------------------------------------------------------------------------------------------

// By occi::Type; GFD.226 knows no whole numbers.
constexpr std::array type_names{"string", "number", "number", "boolean"};

Json to_json(const occi::AttributeSpec& spec) {
    Json object = {{"mutable", spec.is_mutable()},
                   {"required", spec.required},
                   {"type", type_names.at(static_cast<std::size_t>(spec.type))}};
    if (spec.fallback) object["default"] = to_json(*spec.fallback);
    return object;
}

template <class C> Json begin_category(const C& category) {
    Json object = {{"term", category.id.term}, {"scheme", category.id.scheme}, {"title", category.title}};
    const auto specs = specs_of(category);
    if (!specs.empty()) {
        auto& attributes = object["attributes"] = Json::object();
        for (const auto* spec : specs) attributes[spec->name] = to_json(*spec);
    }
    return object;
}

Json to_json(const occi::Kind& kind) {
    auto object = begin_category(kind);
    if (kind.parent) object["parent"] = kind.parent->id.text();
    if (!kind.location.empty()) object["location"] = kind.location;
    add_ids(object, "actions", kind.actions);
    return object;
}

Json to_json(const occi::Mixin& mixin) {
    auto object = begin_category(mixin);
    object["location"] = mixin.location;
    add_ids(object, "depends", mixin.depends);
    add_ids(object, "applies", mixin.applies);
    add_ids(object, "actions", mixin.actions);
    return object;
}

Json to_json(const occi::Action& action) { return begin_category(action); }

template <class C> Json list_of_categories(const std::vector<C>& categories) {
    auto list = Json::array();
    for (const auto& category : categories) list.push_back(to_json(*category));
    return list;
}

} // namespace

std::string write_json(const occi::Resource& resource) { return dump(to_json(resource)); }
std::string write_json(const occi::Link& link) { return dump(to_json(link)); }

std::string write_json(const Collection& collection) {
    auto object = Json::object();
    if (collection.resources) object["resources"] = list_of(*collection.resources);
    if (collection.links) object["links"] = list_of(*collection.links);
    return dump(object);
}

std::string write_json(const occi::Categories& categories) {
    return dump({{"kinds", list_of_categories(categories.kinds)},
                 {"mixins", list_of_categories(categories.mixins)},
                 {"actions", list_of_categories(categories.actions)}});
}

std::string write_json_error(int status, std::string_view word, std::string_view sentence) {
    return dump({{"code", status}, {"error", word}, {"message", sentence}});
}

} // namespace render
