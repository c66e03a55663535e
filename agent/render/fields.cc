#include "agent/render/fields.hh"

#include "agent/base/text.hh"
#include "agent/render/shown.hh"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace render {
namespace {

constexpr std::size_t longest_value = 128 * 1024; // bytes; of user data, the longest, there are 64 KiB

// ---- values --------------------------------------------------------------------------------------------------------

// Messages come from anywhere: a line break would be the end of the field.
std::string quoted(std::string_view raw) {
    std::string all = "\"";
    for (const char c : text::printable(raw, longest_value)) {
        if (c == '"' || c == '\\') all += '\\';
        all += c;
    }
    return all + '"';
}

// The grammar knows no exponent, and a number that is not whole by its type shows a point.
std::string plain_number(double value) {
    std::array<char, 512> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed).ptr;
    std::string shown(digits.data(), end);
    return shown.find('.') == shown.npos ? shown + ".0" : shown;
}

struct Text {
    std::string operator()(const std::string& value) const { return quoted(value); }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return plain_number(value); }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
};

std::string assignment(const std::pair<std::string, occi::Value>& attribute) {
    return attribute.first + "=" + std::visit(Text{}, attribute.second);
}

template <class List> std::string joined_ids(const List& categories) {
    std::string all;
    for (const auto& category : categories) all.append(all.empty() ? "" : " ").append(category->id.text());
    return all;
}

// ---- categories ----------------------------------------------------------------------------------------------------

std::string named(const occi::Category& category, std::string_view role) {
    return fmt::format("{}; scheme=\"{}\"; class=\"{}\"", category.id.term, category.id.scheme, role);
}

void add_parameter(std::string& value, std::string_view name, std::string_view content) {
    if (!content.empty()) value += fmt::format("; {}=\"{}\"", name, content);
}

// GFD.229, 5.2: of what is said of an attribute only this much has a place in text.
std::string definitions(const std::vector<const occi::AttributeSpec*>& specs) {
    // By whether it is required, and whether it is immutable.
    constexpr std::string_view properties[2][2]{{"", "{immutable}"}, {"{required}", "{required immutable}"}};
    std::string all;
    for (const auto* spec : specs)
        all.append(all.empty() ? "" : " ")
            .append(spec->name)
            .append(properties[spec->required ? 1 : 0][spec->is_mutable() ? 0 : 1]);
    return all;
}

std::string described(const occi::Kind& kind) {
    auto value = named(kind, "kind");
    add_parameter(value, "title", kind.title);
    add_parameter(value, "rel", kind.parent ? kind.parent->id.text() : "");
    add_parameter(value, "location", kind.location);
    add_parameter(value, "attributes", definitions(specs_of(kind)));
    add_parameter(value, "actions", joined_ids(kind.actions));
    return value;
}

// GFD.229, 5.5.2: rel is the first of what it depends on, and never a kind.
std::string described(const occi::Mixin& mixin) {
    auto value = named(mixin, "mixin");
    add_parameter(value, "title", mixin.title);
    add_parameter(value, "rel", mixin.depends.empty() ? "" : mixin.depends.front()->id.text());
    add_parameter(value, "location", mixin.location);
    add_parameter(value, "attributes", definitions(specs_of(mixin)));
    add_parameter(value, "actions", joined_ids(mixin.actions));
    return value;
}

std::string described(const occi::Action& action) {
    auto value = named(action, "action");
    add_parameter(value, "title", action.title);
    add_parameter(value, "attributes", definitions(specs_of(action)));
    return value;
}

// ---- entities ------------------------------------------------------------------------------------------------------

void add_categories(Fields& fields, const occi::Entity& entity) {
    fields.push_back({"Category", named(*entity.kind, "kind")});
    for (const auto& mixin : entity.mixins) fields.push_back({"Category", named(*mixin, "mixin")});
}

void add_attributes(Fields& fields, const ShownAttributes& attributes) {
    for (const auto& attribute : attributes) fields.push_back({"X-OCCI-Attribute", assignment(attribute)});
}

// Everything that the link has, since there are clients that never ask for the link itself.
std::string line_of(const occi::Link& link) {
    auto types = link.kind->id.text();
    if (!link.mixins.empty()) types += " " + joined_ids(link.mixins);
    auto value = fmt::format("<{}>; rel=\"{}\"; self=\"{}\"; category=\"{}\"", target_of(link),
                             target_kind_of(link), path_of(link), types);
    for (const auto& attribute : attributes_of(link)) value += "; " + assignment(attribute);
    return value;
}

void add_actions(Fields& fields, const occi::Entity& entity) {
    for (const auto* action : entity.actions)
        fields.push_back({"Link", fmt::format("<{}?action={}>; rel=\"{}\"", path_of(entity), action->id.term,
                                              action->id.text())});
}

} // namespace

Fields fields_of(const occi::Resource& resource) {
    Fields fields;
    add_categories(fields, resource);
    add_attributes(fields, attributes_of(resource));
    for (const auto& link : resource.links) fields.push_back({"Link", line_of(link)});
    add_actions(fields, resource);
    return fields;
}

Fields fields_of(const occi::Link& link) {
    Fields fields;
    add_categories(fields, link);
    add_attributes(fields, attributes_of(link));
    add_actions(fields, link);
    return fields;
}

Fields fields_of(const occi::Categories& categories) {
    Fields fields;
    for (const auto* kind : categories.kinds) fields.push_back({"Category", described(*kind)});
    for (const auto& mixin : categories.mixins) fields.push_back({"Category", described(*mixin)});
    for (const auto* action : categories.actions) fields.push_back({"Category", described(*action)});
    return fields;
}

Fields fields_of(const std::vector<std::string>& locations) {
    Fields fields;
    for (const auto& location : locations) fields.push_back({"X-OCCI-Location", location});
    return fields;
}

} // namespace render
