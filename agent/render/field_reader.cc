#include "agent/render/field_reader.hh"

#include "agent/base/error.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace render {
namespace {

constexpr std::size_t most_fields = 1000;     // of one document
constexpr std::size_t most_elements = 1000;   // of one field
constexpr std::size_t most_attributes = 1000; // of one entity
constexpr std::size_t most_ids = 20;          // in one parameter

[[noreturn]] void refuse(std::string_view what, std::string_view raw) {
    throw Error(Fault::invalid, "\"" + text::printable(raw) + "\" " + std::string(what));
}

[[noreturn]] void refuse_more_than(std::size_t most, std::string_view what) {
    throw Error(Fault::too_large, "there are more than " + std::to_string(most) + " " + std::string(what));
}

// Takes off the front what stands before the next of these separators, which may also stand between quotes.
std::string_view take_until(std::string_view& rest, char separator) {
    bool is_quoted = false;
    for (std::size_t at = 0; at < rest.size(); ++at) {
        if (is_quoted && rest[at] == '\\')
            ++at;
        else if (rest[at] == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && rest[at] == separator) {
            const auto taken = rest.substr(0, at);
            rest.remove_prefix(at + 1);
            return text::trim(taken);
        }
    }
    if (is_quoted) refuse("has a quote without its end", rest);
    return text::trim(std::exchange(rest, {}));
}

bool is_quoted(std::string_view raw) noexcept {
    return raw.size() >= 2 && raw.starts_with('"') && raw.ends_with('"');
}

std::string without_quotes(std::string_view raw) {
    if (!is_quoted(raw)) return std::string(raw);
    std::string plain;
    raw = raw.substr(1, raw.size() - 2);
    for (std::size_t at = 0; at < raw.size(); ++at) {
        if (raw[at] == '\\' && at + 1 < raw.size()) ++at;
        plain += raw[at];
    }
    return plain;
}

struct Assignment {
    std::string_view name, value;
};
std::optional<Assignment> assignment_in(std::string_view raw) {
    const auto equals = raw.find('=');
    if (equals == raw.npos) return std::nullopt;
    return Assignment{text::trim(raw.substr(0, equals)), text::trim(raw.substr(equals + 1))};
}

// The whole of it or nothing.
template <class T> std::optional<T> number_in(std::string_view raw) {
    T number{};
    const auto [end, fault] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
    if (fault != std::errc() || end != raw.data() + raw.size()) return std::nullopt;
    return number;
}

occi::Value value_in(std::string_view raw) {
    if (is_quoted(raw)) return without_quotes(raw);
    if (raw == "true" || raw == "false") return raw == "true";
    if (const auto whole = number_in<std::int64_t>(raw)) return *whole;
    // "nan" and "inf" are words.
    const bool has_digits = raw.find_first_not_of("+-.0123456789eE") == raw.npos;
    if (const auto number = has_digits ? number_in<double>(raw) : std::nullopt) return *number;
    return std::string(raw);
}

struct Parameter {
    std::string_view name;
    std::string& (*place)(SentCategory&);
};
constexpr std::array category_parameters{
    Parameter{"scheme", [](SentCategory& it) -> std::string& { return it.id.scheme; }},
    Parameter{"class", [](SentCategory& it) -> std::string& { return it.role; }},
    Parameter{"title", [](SentCategory& it) -> std::string& { return it.title; }},
    Parameter{"rel", [](SentCategory& it) -> std::string& { return it.rel; }},
    Parameter{"location", [](SentCategory& it) -> std::string& { return it.location; }},
    Parameter{"attributes", [](SentCategory& it) -> std::string& { return it.attributes; }},
    Parameter{"actions", [](SentCategory& it) -> std::string& { return it.actions; }},
};

SentCategory category_in(std::string_view raw) {
    auto rest = raw;
    SentCategory sent;
    sent.id.term = take_until(rest, ';');
    while (!rest.empty()) {
        const auto given = assignment_in(take_until(rest, ';'));
        if (!given) continue;
        for (const auto& [name, place] : category_parameters)
            if (text::same(given->name, name)) place(sent) = without_quotes(given->value);
    }
    if (sent.id.term.empty() || sent.id.scheme.empty())
        refuse("is no category: term and scheme are needed", raw);
    return sent;
}

} // namespace

std::vector<SentCategory> read_sent_categories(std::string_view value) {
    std::vector<SentCategory> all;
    while (!value.empty()) {
        const auto element = take_until(value, ',');
        if (element.empty()) continue;
        if (all.size() == most_elements) refuse_more_than(most_elements, "categories");
        all.push_back(category_in(element));
    }
    return all;
}

std::vector<occi::TypeId> read_categories(std::string_view value) {
    std::vector<occi::TypeId> ids;
    for (auto& sent : read_sent_categories(value)) ids.push_back(std::move(sent.id));
    return ids;
}

occi::Attributes read_attributes(std::string_view value) {
    occi::Attributes attributes;
    add_attributes(attributes, value);
    return attributes;
}

void add_attributes(occi::Attributes& attributes, std::string_view value) {
    while (!value.empty()) {
        const auto element = take_until(value, ',');
        if (element.empty()) continue;
        const auto given = assignment_in(element);
        if (!given || given->name.empty()) refuse("is no attribute: name=value is needed", element);
        if (attributes.size() == most_attributes) refuse_more_than(most_attributes, "attributes");
        if (!attributes.emplace(given->name, value_in(given->value)).second)
            refuse("is given twice", given->name);
    }
}

namespace {

void add_ids(std::vector<occi::TypeId>& all, std::string_view value) {
    for (const auto id : text::pieces(value, ' ')) {
        if (id.empty()) continue;
        if (all.size() == most_ids) refuse_more_than(most_ids, "categories of one link");
        all.push_back(read_type_id(id));
    }
}

void take_parameter(SentLink& link, std::string_view raw) {
    if (raw.empty()) return;
    const auto given = assignment_in(raw);
    if (!given || given->name.empty()) refuse("is no parameter of a Link: name=value is needed", raw);
    const auto& [name, value] = *given;
    if (text::same(name, "rel"))
        link.rel = without_quotes(value);
    else if (text::same(name, "self"))
        link.self = without_quotes(value);
    else if (text::same(name, "category"))
        add_ids(link.categories, without_quotes(value));
    else if (link.attributes.size() == most_attributes)
        refuse_more_than(most_attributes, "attributes");
    else if (!link.attributes.emplace(name, value_in(value)).second)
        refuse("is given twice", name);
}

// What stands in front of the next comma, or of the end; the URL may have commas of its own.
SentLink take_link(std::string_view& rest) {
    const auto end = rest.find('>');
    if (!rest.starts_with('<') || end == rest.npos) refuse("is no Link: <URL> is needed", rest);
    SentLink link;
    link.url = text::trim(rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
    auto parameters = take_until(rest, ',');
    if (!parameters.empty() && !parameters.starts_with(';')) refuse("follows the URL of a Link", parameters);
    while (!parameters.empty()) take_parameter(link, take_until(parameters, ';'));
    return link;
}

} // namespace

occi::TypeId read_type_id(std::string_view raw) {
    const auto hash = raw.find('#');
    if (hash == raw.npos || hash + 1 == raw.size())
        refuse("is no type identifier: a scheme that ends in # and a term are needed", raw);
    return {std::string(raw.substr(0, hash + 1)), std::string(raw.substr(hash + 1))};
}

std::vector<SentLink> read_links(std::string_view value) {
    std::vector<SentLink> links;
    for (value = text::trim(value); !value.empty(); value = text::trim(value))
        if (value.starts_with(','))
            value.remove_prefix(1);
        else if (links.size() == most_elements)
            refuse_more_than(most_elements, "links");
        else
            links.push_back(take_link(value));
    return links;
}

Fields read_lines(std::string_view body) {
    Fields fields;
    while (!body.empty()) {
        const auto end = std::min(body.find_first_of("\r\n"), body.size());
        const auto line = text::trim(body.substr(0, end));
        body.remove_prefix(std::min(end + 1, body.size()));
        if (line.empty()) continue;
        const auto colon = line.find(':');
        if (colon == line.npos) refuse("is no field: \"Name: value\" is needed", line);
        if (fields.size() == most_fields) refuse_more_than(most_fields, "fields");
        fields.push_back({std::string(text::trim(line.substr(0, colon))),
                          std::string(text::trim(line.substr(colon + 1)))});
    }
    return fields;
}

} // namespace render
