#include "agent/occi/model.hh"

#include <algorithm>

namespace occi {
namespace {

template <class T> std::optional<T> value_as(const Attributes& attributes, std::string_view name) {
    std::optional<T> value;
    const auto found = attributes.find(name);
    if (found == attributes.end()) return value;
    if (const auto* held = std::get_if<T>(&found->second)) value = *held;
    return value;
}

} // namespace

bool Entity::has(const Mixin& mixin) const noexcept {
    return std::ranges::find(mixins, MixinRef(&mixin)) != mixins.end();
}

std::optional<std::string> Entity::string(std::string_view name) const {
    return value_as<std::string>(attributes, name);
}

std::optional<double> Entity::number(std::string_view name) const {
    if (const auto whole = integer(name)) return static_cast<double>(*whole);
    return value_as<double>(attributes, name);
}

std::optional<std::int64_t> Entity::integer(std::string_view name) const {
    return value_as<std::int64_t>(attributes, name);
}

} // namespace occi
