#include "agent/render/mixin_reader.hh"

#include "agent/base/error.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/json_document.hh"

#include <algorithm>
#include <array>

namespace render {
namespace {

using Json = nlohmann::json;

// More than any user may have, and of each more than is ever taken.
constexpr std::size_t most_mixins = 100, most_parts = 100;

void refuse_beyond(std::size_t count, std::size_t most, std::string_view what) {
    if (count >= most)
        throw Error(Fault::too_large,
                    "there are more than " + std::to_string(most) + " " + std::string(what));
}

void add_attribute(occi::Mixin& mixin, std::string_view name) {
    refuse_beyond(mixin.attributes.size(), most_parts, "attributes of a mixin");
    mixin.attributes.emplace_back().name = name;
}

void add_base(occi::Mixin& mixin, const occi::TypeId& id, const Vocabulary& words) {
    refuse_beyond(mixin.depends.size(), most_parts, "mixins that a mixin depends on");
    const auto* base = words.model.mixin(id);
    if (!base) throw Error(Fault::not_found, "there is no mixin " + text::printable(id.text(), 200));
    mixin.depends.push_back(base);
}

void add_action(occi::Mixin& mixin, const occi::TypeId& id, const Vocabulary& words) {
    refuse_beyond(mixin.actions.size(), most_parts, "actions of a mixin");
    const auto* action = words.model.action(id);
    if (!action) throw Error(Fault::not_found, "there is no action " + text::printable(id.text(), 200));
    mixin.actions.push_back(action);
}

void refuse_unless_mixin(const SentCategory& sent) {
    if (!sent.role.empty() && sent.role != "mixin")
        throw Error(Fault::invalid, text::printable(sent.id.text(), 200) + " is a " +
                                        text::printable(sent.role) + ": only mixins can be defined");
}

occi::Mixin to_mixin(const SentCategory& sent, const Vocabulary& words) {
    refuse_unless_mixin(sent);
    occi::Mixin mixin;
    mixin.id = sent.id;
    mixin.title = sent.title;
    mixin.location = sent.location.empty() ? "" : path_in(sent.location) + "/";
    for (const auto name : text::pieces(sent.attributes, ' '))
        if (!name.empty()) add_attribute(mixin, name);
    for (const auto id : text::pieces(sent.rel, ' '))
        if (!id.empty()) add_base(mixin, read_type_id(id), words);
    for (const auto id : text::pieces(sent.actions, ' '))
        if (!id.empty()) add_action(mixin, read_type_id(id), words);
    return mixin;
}

// The type identifiers in a list of texts.
std::vector<occi::TypeId> ids_in(const Json& object, const char* member) {
    std::vector<occi::TypeId> ids;
    const auto found = object.find(member);
    if (found == object.end()) return ids;
    if (!found->is_array()) throw Error(Fault::invalid, "\"" + std::string(member) + "\" is no list");
    refuse_beyond(found->size(), most_parts + 1, member);
    for (const auto& id : *found) {
        if (!id.is_string()) throw Error(Fault::invalid, "a category is a string");
        ids.push_back(read_type_id(id.get<std::string>()));
    }
    return ids;
}

constexpr std::array<std::string_view, 7> known_members{"scheme",  "term",    "title",     "location",
                                                        "depends", "actions", "attributes"};

occi::Mixin to_mixin(const Json& object, const Vocabulary& words, PassedOver& unused) {
    if (!object.is_object()) throw Error(Fault::invalid, "a mixin is an object");
    for (const auto& [member, value] : object.items())
        if (std::ranges::find(known_members, member) == known_members.end()) unused.add(member);
    occi::Mixin mixin;
    mixin.id = {text_in(object, "scheme"), text_in(object, "term")};
    mixin.title = text_in(object, "title");
    const auto location = text_in(object, "location");
    mixin.location = location.empty() ? "" : path_in(location) + "/";
    for (const auto& id : ids_in(object, "depends")) add_base(mixin, id, words);
    for (const auto& id : ids_in(object, "actions")) add_action(mixin, id, words);
    const auto attributes = object.find("attributes");
    if (attributes != object.end() && !attributes->is_object())
        throw Error(Fault::invalid, "\"attributes\" is no object");
    if (attributes != object.end())
        for (const auto& [name, description] : attributes->items()) add_attribute(mixin, name);
    return mixin;
}

} // namespace

std::vector<occi::Mixin> read_mixins(const Fields& fields, const Vocabulary& words) {
    std::vector<occi::Mixin> mixins;
    for (const auto& [name, value] : fields)
        if (text::same(name, "Category"))
            for (const auto& sent : read_sent_categories(value)) {
                refuse_beyond(mixins.size(), most_mixins, "mixins");
                mixins.push_back(to_mixin(sent, words));
            }
    return mixins;
}

std::vector<occi::Mixin> read_json_mixins(std::string_view body, const Vocabulary& words,
                                          PassedOver* unused) {
    PassedOver nobody_asks;
    auto& names = unused ? *unused : nobody_asks;
    const auto document = parse_json(body);
    if (!document.is_object()) throw Error(Fault::invalid, "the document is no object");
    const auto list = document.find("mixins");
    if (list == document.end()) return {to_mixin(document, words, names)};
    if (!list->is_array()) throw Error(Fault::invalid, "\"mixins\" is no list");
    for (const auto& [member, value] : document.items())
        if (member != "mixins") names.add(member);
    std::vector<occi::Mixin> mixins;
    for (const auto& mixin : *list) {
        refuse_beyond(mixins.size(), most_mixins, "mixins");
        mixins.push_back(to_mixin(mixin, words, names));
    }
    return mixins;
}

} // namespace render
