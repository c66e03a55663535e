#pragma once
// The one on whose behalf a request is made. Every request has one, every entity has an owner.
//
// Threads: a value.

#include <optional>
#include <string>
#include <string_view>

namespace auth {

// What each may do stands in permission.cc. An orchestrator acts for others, and says for whom.
enum class Role { viewer, user, operator_of_group, orchestrator, administrator };

std::string_view to_text(Role) noexcept; // "operator"
std::optional<Role> role_named(std::string_view) noexcept;
std::string names_of_roles(); // all of them, with commas

// How it was proven who asks.
enum class Proof { local, socket, password, token, bearer, certificate };

struct Principal {
    std::string name;
    Role role = Role::user;
    std::string group{};
    Proof proof = Proof::local;
    std::string actor{}; // who really asks, for whom `name` stands; empty: he himself

    bool is_administrator() const noexcept { return role == Role::administrator; }

    // Whether the principal may see and change what belongs to `owner`. What belongs to nobody is the administrators'
    // business.
    bool may_use(std::string_view owner) const noexcept {
        return is_administrator() || (!owner.empty() && owner == name);
    }
};

} // namespace auth
