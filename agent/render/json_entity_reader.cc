// The part of entity_reader.hh that reads JSON.
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/render/entity_reader.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/json_document.hh"
#include "agent/render/shown.hh"

#include <algorithm>
#include <array>
#include <string_view>

namespace render {
namespace {

namespace name = occi::name;
using Json = nlohmann::json;

constexpr std::size_t most_entities = 100, most_links = 100, most_mixins = 100, most_actions = 100;

// nullptr: it is not there.
const Json* list_in(const Json& object, const char* member, std::size_t most) {
    const auto found = object.find(member);
    if (found == object.end()) return nullptr;
    if (!found->is_array()) throw Error(Fault::invalid, "\"" + std::string(member) + "\" is no list");
    if (found->size() > most)
        throw Error(Fault::too_large, "there are more than " + std::to_string(most) + " " + member);
    return &*found;
}

// A type identifier, or, in older documents, an object with its parts.
occi::TypeId type_id_in(const Json& value) {
    if (value.is_string()) return read_type_id(value.get<std::string>());
    if (value.is_object()) return {text_in(value, "scheme"), text_in(value, "term")};
    throw Error(Fault::invalid, "a category is a string");
}

// What a client has read comes back: the kind that its location says, or that of all resources.
bool says_kind_of(const Json& value, const std::string& path, const Vocabulary& words) {
    if (!value.is_string()) return false;
    const auto* kind = words.model.kind_at(path.substr(0, path.rfind('/') + 1));
    const auto said = value.get<std::string>();
    return said == std::string(occi::scheme::core) + "resource" || (kind && said == kind->id.text());
}

// {"location": URL}, or, in older documents, the URL.
std::string end_of_link(const Json& link, const char* member, const Vocabulary& words, PassedOver& unused) {
    const auto found = link.find(member);
    if (found == link.end()) return {};
    if (!found->is_object()) return path_in(text_in(link, member));
    auto path = path_in(text_in(*found, "location"));
    for (const auto& [inner, value] : found->items())
        if (inner != "location" && !(inner == "kind" && says_kind_of(value, path, words)))
            unused.add(std::string(member) + "." + inner);
    return path;
}

struct Member {
    const char *member, *attribute;
};
// Of GFD.226, that are attributes in every other rendering.
constexpr std::array members{Member{"title", name::title}, Member{"summary", name::summary}};

void take_texts(Sent& sent, const Json& object) {
    for (const auto& [member, attribute] : members) {
        if (!object.contains(member)) continue;
        const occi::Value value = text_in(object, member);
        if (const auto [held, is_new] = sent.attributes.emplace(attribute, value);
            !is_new && held->second != value)
            sent.otherwise.emplace(attribute, value);
    }
}

// Of an entity, by GFD.226; what can be invoked comes back from clients that send what they have read.
constexpr std::array<std::string_view, 10> known_members{
    "kind", "mixins", "attributes", "actions", "id", "title", "summary", "source", "target", "links"};

Sent read(const Json& object, const Vocabulary& words) {
    if (!object.is_object()) throw Error(Fault::invalid, "an entity is an object");
    Sent sent;
    for (const auto& [member, value] : object.items())
        if (std::ranges::find(known_members, member) == known_members.end()) sent.unused.add(member);
    if (const auto kind = object.find("kind"); kind != object.end()) {
        add_category(sent, type_id_in(*kind), words);
        if (!sent.kind) throw Error(Fault::invalid, "\"kind\" is a mixin");
    }
    if (const auto* mixins = list_in(object, "mixins", most_mixins))
        for (const auto& mixin : *mixins) add_category(sent, type_id_in(mixin), words);
    sent.attributes = attributes_in(object);
    take_texts(sent, object);
    sent.id = id_in(text_in(object, "id"));
    sent.source = end_of_link(object, "source", words, sent.unused);
    sent.target = end_of_link(object, "target", words, sent.unused);
    list_in(object, "actions", most_actions);
    take_members(sent);
    if (const auto* links = list_in(object, "links", most_links)) {
        for (const auto& link : *links) {
            auto& each = sent.links.emplace_back(read(link, words));
            sent.unused.add(each.unused);
            if (!each.kind) each.kind = kind_of_link_to(each.target, words.model);
            if (!each.id.empty()) each.self = path_of(*each.kind, each.id);
        }
    }
    return sent;
}

bool is_collection(const Json& document) {
    return document.is_object() && !document.contains("kind") && !document.contains("attributes") &&
           (document.contains("resources") || document.contains("links"));
}

} // namespace

std::vector<Sent> read_json_entities(std::string_view body, const Vocabulary& words) {
    const auto document = parse_json(body);
    if (!is_collection(document)) return {read(document, words)};
    std::vector<Sent> all;
    for (const auto* member : {"resources", "links"}) {
        const auto* list = list_in(document, member, most_entities);
        if (!list) continue;
        if (all.size() + list->size() > most_entities)
            throw Error(Fault::too_large,
                        "there are more than " + std::to_string(most_entities) + " entities");
        for (const auto& entity : *list) all.push_back(read(entity, words));
    }
    if (all.empty()) return all;
    for (const auto& [member, value] : document.items())
        if (member != "resources" && member != "links") all.front().unused.add(member);
    return all;
}

std::vector<std::string> read_json_locations(std::string_view body, const Vocabulary& words) {
    std::vector<std::string> paths;
    for (const auto& entity : read_json_entities(body, words)) {
        if (!entity.kind || entity.id.empty())
            throw Error(Fault::invalid, "each entity of the list needs its \"kind\" and its \"id\"");
        paths.push_back(path_of(*entity.kind, entity.id));
    }
    return paths;
}

} // namespace render
