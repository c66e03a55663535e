#include "agent/cli/arguments.hh"

#include "agent/base/text.hh"

#include <algorithm>

namespace cli {

Arguments::Arguments(std::span<char* const> words, std::span<const Option> known, std::size_t least,
                     std::size_t most) {
    bool options_end = false;
    for (std::size_t index = 0; index < words.size(); ++index) {
        const std::string_view word = words[index];
        if (options_end || !word.starts_with("--")) {
            if (!options_end && word.size() > 1 && word.starts_with('-'))
                throw UsageError("there is no option " + text::printable(word));
            words_.emplace_back(word);
            continue;
        }
        if (word == "--") {
            options_end = true;
            continue;
        }
        const auto equals = std::min(word.find('='), word.size());
        const auto name = word.substr(2, equals - 2);
        const auto option = std::ranges::find(known, name, &Option::name);
        if (option == known.end()) throw UsageError("there is no option --" + text::printable(name));
        auto& values = options_[std::string(name)];
        if (!values.empty() && !option->may_be_repeated)
            throw UsageError("--" + std::string(name) + " stands twice");
        if (!option->has_value) {
            if (equals < word.size()) throw UsageError("--" + std::string(name) + " takes no value");
            values.emplace_back();
        } else if (equals < word.size()) {
            values.emplace_back(word.substr(equals + 1));
        } else if (++index < words.size()) {
            values.emplace_back(words[index]);
        } else {
            throw UsageError("--" + std::string(name) + " needs a value");
        }
    }
    if (words_.size() < least) throw UsageError("a word is missing");
    if (words_.size() > most)
        throw UsageError("\"" + text::printable(words_[most]) + "\" is one word too many");
}

std::optional<std::string> Arguments::value(std::string_view option) const {
    const auto found = options_.find(option);
    return found == options_.end() ? std::nullopt : std::optional(found->second.back());
}

std::vector<std::string> Arguments::values(std::string_view option) const {
    const auto found = options_.find(option);
    return found == options_.end() ? std::vector<std::string>() : found->second;
}

std::optional<unsigned> Arguments::number(std::string_view option, unsigned most) const {
    const auto written = value(option);
    if (!written) return std::nullopt;
    const auto number = text::to_number(*written, most);
    if (!number || *number == 0)
        throw UsageError("--" + std::string(option) + " " + text::printable(*written) +
                         ": it is a number from 1 to " + std::to_string(most));
    return static_cast<unsigned>(*number);
}

} // namespace cli
