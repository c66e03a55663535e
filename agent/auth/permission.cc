#include "agent/auth/permission.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <string>

namespace auth {
namespace {

struct Row {
    Permission permission;
    Role least;
    std::string_view text;
};
constexpr std::array rows{
    Row{Permission::read, Role::viewer, "read"},
    Row{Permission::create, Role::user, "create"},
    Row{Permission::change, Role::user, "change"},
    Row{Permission::remove, Role::user, "remove"},
    Row{Permission::remove_all, Role::administrator, "remove everything"},
    Row{Permission::tend_orphans, Role::administrator, "see what else is in the pool"},
    Row{Permission::act_for_others, Role::orchestrator, "act for others"},
};

constexpr std::array<std::string_view, 5> roles{"a viewer", "a user", "an operator", "an orchestrator",
                                                "an administrator"};

const Row& row_of(Permission permission) noexcept {
    return *std::ranges::find(rows, permission, &Row::permission);
}

} // namespace

bool may(Role role, Permission permission) noexcept { return role >= row_of(permission).least; }

void require(const Principal& who, Permission permission, std::string_view path) {
    if (may(who.role, permission)) return;
    const auto& row = row_of(permission);
    throw Error(Fault::forbidden, "only " + std::string(roles[static_cast<std::size_t>(row.least)]) +
                                      " may " + std::string(row.text) + " at " + text::printable(path));
}

} // namespace auth
