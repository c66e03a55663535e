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

} // namespace auth
