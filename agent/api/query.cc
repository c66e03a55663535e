#include "agent/api/query.hh"

#include "agent/base/error.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"

namespace api {

std::optional<std::uint64_t> number_in(std::string_view query, std::string_view name, Range range) {
    std::optional<std::uint64_t> found;
    for (const auto pair : text::pieces(query, '&')) {
        const auto equals = pair.find('=');
        if (pair.substr(0, equals) != name) continue;
        const auto number =
            equals == pair.npos ? std::nullopt : text::to_number(pair.substr(equals + 1), range.most);
        if (!number || *number < range.least || found)
            throw Error(Fault::invalid, std::string(name) + " must be one number from " +
                                            std::to_string(range.least) + " to " +
                                            std::to_string(range.most));
        found = number;
    }
    return found;
}

std::optional<std::string> word_in(std::string_view query, std::string_view name) {
    std::optional<std::string> found;
    for (const auto pair : text::pieces(query, '&')) {
        const auto equals = pair.find('=');
        if (equals == pair.npos || pair.substr(0, equals) != name) continue;
        if (found) throw Error(Fault::invalid, std::string(name) + " is given twice");
        found = pair.substr(equals + 1);
    }
    return found;
}

} // namespace api
