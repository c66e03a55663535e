#include "agent/api/values.hh"

#include <optional>

namespace api {
namespace {

std::optional<double> number_in(const occi::Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    return std::nullopt;
}

} // namespace

bool is_same(const occi::Value& one, const occi::Value& other) {
    const auto number = number_in(one);
    return one == other || (number && number == number_in(other));
}

} // namespace api
