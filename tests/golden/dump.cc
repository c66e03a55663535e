#include "tests/golden/dump.hh"

#include "agent/base/text.hh"

#include <fmt/core.h>

namespace golden {
namespace {

constexpr std::size_t longest_line = 5000;

std::string shown(const occi::Value& value) {
    if (const auto* word = std::get_if<std::string>(&value))
        return "\"" + text::printable(*word, longest_line) + "\"";
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *whole);
    if (const auto* number = std::get_if<double>(&value)) return fmt::format("{:#}", *number);
    return std::get<bool>(value) ? "true" : "false";
}

template <class E> std::string lines_of(const E& entity) {
    std::string lines;
    for (const auto& mixin : entity.mixins) lines += "  mixin " + mixin->id.text() + "\n";
    for (const auto& [name, value] : entity.attributes) lines += "  " + name + " = " + shown(value) + "\n";
    return lines;
}

} // namespace

std::string dump(const occi::Resource& resource) {
    std::string all = resource.kind->id.term + "\n" + lines_of(resource);
    for (const auto& link : resource.links) {
        all += link.kind->id.term;
        if (!link.target.empty()) all += " to " + link.target;
        all += "\n" + lines_of(link);
    }
    return all;
}

std::string dump(const render::Sent& sent) {
    std::string all = (sent.kind ? sent.kind->id.term : "no kind") + "\n" + lines_of(sent);
    for (const auto& [word, value] : {std::pair<const char*, const std::string&>{"id", sent.id},
                                      {"source", sent.source},
                                      {"target", sent.target},
                                      {"self", sent.self}})
        if (!value.empty()) all += std::string("  ") + word + " " + value + "\n";
    for (const auto& link : sent.links) all += "link " + dump(link);
    return all;
}

} // namespace golden
