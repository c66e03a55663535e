#pragma once
// Numbers and words in a query string.
//
// Threads: any; pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace api {

struct Range {
    std::uint64_t least = 0, most = INT64_MAX;
};

// nullopt when it is not there. Error{invalid}, with the range, when it is no such number or stands there twice.
std::optional<std::uint64_t> number_in(std::string_view query, std::string_view name, Range range = {});

// The text behind "name=", as sent; nullopt when it is not there. Error{invalid} when it stands there twice.
std::optional<std::string> word_in(std::string_view query, std::string_view name);

} // namespace api
