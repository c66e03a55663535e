#include "agent/render/opennebula_elements.hh"

#include "agent/base/error.hh"
#include "agent/base/ipv4.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"

#include <algorithm>
#include <fmt/core.h>

namespace render::opennebula {
namespace {

constexpr std::string_view id_punctuation = "_.:-";

bool is_letter_or_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

} // namespace

xml::Element parse_root(std::string_view body, std::initializer_list<std::string_view> names) {
    auto root = xml::parse(body);
    if (std::ranges::find(names, root.name) == names.end())
        throw Error(Fault::invalid, fmt::format("the document is a <{}>, not a <{}>",
                                                text::printable(root.name), *names.begin()));
    return root;
}

void refuse_repeats(const xml::Element& element, std::span<const std::string_view> names) {
    for (const auto name : names)
        if (std::ranges::count(element.children, name, &xml::Element::name) > 1)
            throw Error(Fault::invalid, fmt::format("{} is given twice", name));
}

std::optional<std::string> value_of(const xml::Element& element, std::string_view attribute,
                                    std::string_view child) {
    const std::string_view single[]{child};
    refuse_repeats(element, single);
    const auto* written = element.attribute(attribute);
    const auto in_attribute = written ? text::trim(*written) : std::string_view{};
    const auto in_child = element.child_text(child);
    if (!in_attribute.empty() && !in_child.empty())
        throw Error(Fault::invalid, fmt::format("{} is given twice", child));
    const auto value = in_attribute.empty() ? in_child : in_attribute;
    return value.empty() ? std::nullopt : std::optional<std::string>(value);
}

namespace {

void read_line(const char* name, std::string words, const char* attribute, occi::Resource& resource) {
    if (words.empty()) return;
    if (const auto fault = text::fault_of_name(words))
        throw Error(Fault::invalid, std::string(name) + " " + *fault);
    resource.attributes[attribute] = std::move(words);
}

// A description may be written over several lines, and is kept as one.
std::string in_one_line(std::string_view words) {
    std::string line(text::trim(words));
    const auto is_blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    std::ranges::replace_if(line, is_blank, ' ');
    const auto both_blank = [](char one, char other) { return one == ' ' && other == ' '; };
    line.erase(std::ranges::unique(line, both_blank).begin(), line.end());
    return line;
}

} // namespace

void read_title(const xml::Element& root, occi::Resource& resource) {
    if (const auto* element = root.child("NAME"))
        read_line("NAME", element->text, occi::name::title, resource);
}

void read_texts(const xml::Element& root, occi::Resource& resource) {
    read_title(root, resource);
    if (const auto* element = root.child("DESCRIPTION"))
        read_line("DESCRIPTION", in_one_line(element->text), occi::name::summary, resource);
}

std::string read_id(std::string_view href) {
    const auto id = text::last_segment(text::trim(href));
    if (!is_word(id, longest_id, id_punctuation))
        throw Error(Fault::invalid, fmt::format("\"{}\" does not end in an id", text::printable(href)));
    return text::lower(id);
}

double read_gibibytes(std::string_view megabytes, std::string_view what) {
    const auto number = text::to_number(text::trim(megabytes), most_mebibytes);
    if (!number || *number == 0)
        throw Error(Fault::invalid, fmt::format("{} is \"{}\": a whole number of MB from 1 to {} is needed",
                                                what, text::printable(megabytes), most_mebibytes));
    return static_cast<double>(*number) / 1024;
}

std::string read_address(std::string_view raw, std::string_view name, std::string_view example) {
    const auto address = Ipv4::parse(raw);
    if (!address)
        throw Error(
            Fault::invalid,
            fmt::format("{} \"{}\" is no IPv4 address, which is four numbers and no length, such as {}", name,
                        text::printable(raw), example));
    return address->text();
}

bool is_word(std::string_view raw, std::size_t most, std::string_view others) noexcept {
    return !raw.empty() && raw.size() <= most && std::ranges::all_of(raw, [&](char c) {
        return is_letter_or_digit(c) || others.find(c) != others.npos;
    });
}

} // namespace render::opennebula
