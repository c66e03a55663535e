#pragma once
// The table of all keys, a row each: the check of what is written, its default, what the documents say of it and when a
// change of it holds come from there.
//
// Threads: any; the tables never change.

#include "agent/config/value.hh"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace settings {

// When a changed value holds: from the next start, or as soon as the agent reads it again.
enum class Applies { at_start, at_once };

// Sentences, for whom the agent is new; what stands between `these` is literal.
using Explanation = std::string_view;

struct Key {
    std::string_view section; // the heading of its Section
    std::string_view name;
    Value value;
    Applies applies;
    Explanation explanation;
};

// Things of which there are many, such as instance types: each has a section with its name.
struct Named {
    std::string_view what; // "an instance type"
    std::vector<std::string> (*names)(const Config&);
    void (*add)(Config&, std::string_view name); // with the defaults of its type
};

constexpr std::string_view first_word(std::string_view heading) noexcept {
    return heading.substr(0, heading.find(' '));
}

struct Section {
    std::string_view heading; // "http"; "instance_type NAME" of things that have a name
    Explanation explanation;
    std::optional<Named> named = std::nullopt;

    std::string_view first_word() const noexcept { return settings::first_word(heading); }
};

// Both in the order of the documents.
std::span<const Section> sections();
std::span<const Key> keys();

std::vector<const Key*> keys_of(const Section&);
// "[http] connections"; of a thing that has a name "[instance_type small] cpu".
std::string title_of(const Key&, std::string_view name = {});

template <class Part> constexpr Named named(std::string_view what) {
    static_assert(is_named<Part>);
    return {what,
            [](const Config& config) {
                std::vector<std::string> names;
                for (const auto& each : config.*home<Part>) names.push_back(each.name);
                return names;
            },
            [](Config& config, std::string_view name) {
                (config.*home<Part>).push_back({.name = std::string(name)});
            }};
}

} // namespace settings
