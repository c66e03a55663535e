#pragma once
// The words of one command: what is an option, its value, and what stands alone. Options are "--name VALUE",
// "--name=VALUE" or "--name", wherever they stand; what is behind "--" is no option.
//
// Threads: values. Failures: UsageError.

#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

class UsageError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Option {
    std::string_view name; // "role"
    bool has_value = true;
    bool may_be_repeated = false;
};

class Arguments {
public:
    // `words`: what stands behind the verb. Takes from `least` to `most` words that are no option.
    Arguments(std::span<char* const> words, std::span<const Option> known, std::size_t least,
              std::size_t most);

    const std::vector<std::string>& words() const noexcept { return words_; }
    bool has(std::string_view option) const noexcept { return options_.contains(option); }
    std::optional<std::string> value(std::string_view option) const; // the last
    std::vector<std::string> values(std::string_view option) const;
    // Throws UsageError when it is none from 1 to `most`.
    std::optional<unsigned> number(std::string_view option, unsigned most) const;

private:
    std::vector<std::string> words_;
    std::map<std::string, std::vector<std::string>, std::less<>> options_;
};

} // namespace cli
