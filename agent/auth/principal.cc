#include "agent/auth/principal.hh"

#include <algorithm>
#include <array>
#include <utility>

namespace auth {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 5> roles{{{Role::viewer, "viewer"},
                                                                  {Role::user, "user"},
                                                                  {Role::operator_of_group, "operator"},
                                                                  {Role::orchestrator, "orchestrator"},
                                                                  {Role::administrator, "administrator"}}};

} // namespace

std::string_view to_text(Role role) noexcept {
    return std::ranges::find(roles, role, &std::pair<Role, std::string_view>::first)->second;
}

std::optional<Role> role_named(std::string_view text) noexcept {
    const auto found = std::ranges::find(roles, text, &std::pair<Role, std::string_view>::second);
    return found == roles.end() ? std::nullopt : std::optional(found->first);
}

std::string names_of_roles() {
    std::string names;
    for (const auto& [role, name] : roles) names.append(names.empty() ? "" : ", ").append(name);
    return names;
}

Reach Principal::reach() const noexcept {
    return {.everything = role == Role::administrator,
            .all_that_is_owned = role == Role::orchestrator && group.empty(),
            .name = name,
            .group = group,
            .whole_group = role != Role::user};
}

bool Principal::looks_after(const Ownership& of) const noexcept {
    if (role == Role::administrator) return true;
    if (role == Role::orchestrator && group.empty()) return !of.owner.empty();
    return role != Role::user && !group.empty() && of.group == group;
}

bool Principal::may_change(const Ownership& of) const noexcept {
    return role != Role::viewer && (looks_after(of) || (!of.owner.empty() && of.owner == name));
}

std::string Principal::key() const {
    return std::string(to_text(role)) + " " + std::to_string(name.size()) + " " + name + " " + group;
}

} // namespace auth
