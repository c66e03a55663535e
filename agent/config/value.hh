#pragma once
// What may stand behind a key, and the member that it sets: a number in a range, seconds, a word of a list, a path, ...
// Each is made from a pointer to the member, of Config itself or of a type that parts.hh knows.
//
// Threads: any; values, which only read and write the configuration that they are given.

#include "agent/config/parts.hh"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fmt/core.h>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <type_traits>
#include <utility>
#include <vector>

namespace settings {

// `name` is the second word of the heading, such as NAME of [instance_type NAME]; else empty.
struct Value {
    std::string allowed; // what the text must be: "a whole number from 1 to 1024"
    // False: the text is nothing of that, and nothing has changed.
    std::function<bool(Config&, std::string_view name, std::string_view text)> put;
    // The texts that make it what it is: one, but of a list any number.
    std::function<std::vector<std::string>(const Config&, std::string_view name)> shown;
    // Forgets all of them. Only of a list, whose key may stand more than once.
    std::function<void(Config&, std::string_view name)> clear = nullptr;
};

// A text that stands for a value.
template <class T> struct Word {
    std::string_view text;
    T value;
};

// How texts are read and written; nullopt: that may not be.
std::optional<std::uint64_t> read_number(std::string_view, std::uint64_t least, std::uint64_t most);
std::optional<std::filesystem::path> read_path(std::string_view); // absolute
std::string written_path(const std::filesystem::path&);
std::optional<mode_t> read_mode(std::string_view); // octal, of reading and writing only
std::string written_mode(mode_t);
std::string one_of(const std::vector<std::string_view>& words);
inline constexpr auto absolute_path = "an absolute path";

// One value, by how it is read (a text to optional) and written (to a text).
template <class T, class Part, class Read, class Write>
Value value(T Part::*member, std::string allowed, Read read, Write write) {
    return {std::move(allowed),
            [member, read](Config& config, std::string_view name, std::string_view text) {
                auto taken = read(text);
                if (taken) part_of<Part>(config, name).*member = static_cast<T>(*std::move(taken));
                return taken.has_value();
            },
            [member, write](const Config& config, std::string_view name) {
                return std::vector<std::string>{write(part_of<Part>(config, name).*member)};
            }};
}

// Any number of them, a line for each. An empty line adds none, where that may be.
template <class T, class Part, class Read, class Write>
Value list(std::vector<T> Part::*member, std::string allowed, bool may_be_empty, Read read, Write write) {
    return {std::move(allowed),
            [=](Config& config, std::string_view name, std::string_view text) {
                if (text.empty()) return may_be_empty;
                auto taken = read(text);
                if (taken) (part_of<Part>(config, name).*member).push_back(*std::move(taken));
                return taken.has_value();
            },
            [=](const Config& config, std::string_view name) {
                std::vector<std::string> texts;
                for (const auto& each : part_of<Part>(config, name).*member) texts.push_back(write(each));
                return texts;
            },
            [=](Config& config, std::string_view name) { (part_of<Part>(config, name).*member).clear(); }};
}

// A whole number of units.
template <class T, class Part>
Value number(T Part::*member, std::uint64_t least, std::uint64_t most, std::uint64_t unit = 1) {
    return value(
        member, fmt::format("a whole number from {} to {}", least, most),
        [=](std::string_view text) {
            auto count = read_number(text, least, most);
            if (count) *count *= unit;
            return count;
        },
        [=](T is) { return std::to_string(is / unit); });
}

template <class Part> Value mebibytes(std::uint64_t Part::*member, std::uint64_t least, std::uint64_t most) {
    return number(member, least, most, std::uint64_t{1} << 20);
}

template <class Part> Value gibibytes(std::uint64_t Part::*member, std::uint64_t least, std::uint64_t most) {
    return number(member, least, most, std::uint64_t{1} << 30);
}

template <class Part>
Value seconds(std::chrono::milliseconds Part::*member, std::uint64_t least, std::uint64_t most) {
    using std::chrono::milliseconds;
    return value(
        member, fmt::format("a whole number from {} to {}", least, most),
        [=](std::string_view text) {
            const auto count = read_number(text, least, most);
            return count ? std::optional(milliseconds(*count * 1000)) : std::nullopt;
        },
        [](milliseconds is) { return std::to_string(is.count() / 1000); });
}

// Each word stands for a value; the words must outlive the answer.
template <class T, class Part>
Value word_for(T Part::*member, std::span<const Word<std::type_identity_t<T>>> words) {
    std::vector<std::string_view> texts;
    for (const auto& word : words) texts.push_back(word.text);
    return value(
        member, one_of(texts),
        [words](std::string_view text) {
            const auto found = std::ranges::find(words, text, &Word<T>::text);
            return found == words.end() ? std::nullopt : std::optional(found->value);
        },
        [words](T is) { return std::string(std::ranges::find(words, is, &Word<T>::value)->text); });
}

template <class Part> Value yes_or_no(bool Part::*member) {
    static constexpr Word<bool> answers[] = {{"yes", true}, {"no", false}};
    return word_for(member, answers);
}

// As it stands there, if it `is_good`. What only another part can say of it is for faults() in settings.hh.
template <class Part, class IsGood>
Value text(std::string Part::*member, std::string allowed, IsGood is_good) {
    return value(
        member, std::move(allowed),
        [is_good](std::string_view text) {
            return is_good(text) ? std::optional(std::string(text)) : std::nullopt;
        },
        [](const std::string& is) { return is; });
}

template <class Part> Value word(std::string Part::*member, const std::vector<std::string_view>& words) {
    return text(member, one_of(words),
                [words](std::string_view text) { return std::ranges::find(words, text) != words.end(); });
}

template <class Part> Value path(std::filesystem::path Part::*member) {
    return value(member, absolute_path, read_path, written_path);
}

template <class Part> Value path_or_none(std::filesystem::path Part::*member) {
    return value(
        member, absolute_path,
        [](std::string_view text) {
            return text.empty() ? std::optional(std::filesystem::path()) : read_path(text);
        },
        written_path);
}

template <class Part> Value paths_or_none(std::vector<std::filesystem::path> Part::*member) {
    return list(member, absolute_path, true, read_path, written_path);
}

template <class Part> Value texts(std::vector<std::string> Part::*member, std::string allowed) {
    const auto same = [](std::string_view text) { return std::optional(std::string(text)); };
    return list(member, std::move(allowed), false, same, [](const std::string& is) { return is; });
}

template <class Part> Value texts_or_none(std::vector<std::string> Part::*member, std::string allowed) {
    const auto same = [](std::string_view text) { return std::optional(std::string(text)); };
    return list(member, std::move(allowed), true, same, [](const std::string& is) { return is; });
}

template <class Part> Value mode(mode_t Part::*member) {
    return value(member, "an octal mode of reading and writing, such as 0660", read_mode, written_mode);
}

} // namespace settings
