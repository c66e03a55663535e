#pragma once
// The one on whose behalf a request is made. Every request has one, every entity has an owner and a group: here is
// decided who may see it and who may change it, and nowhere else. What a role may do at all stands in permission.hh.
//
// Threads: a value.

#include "agent/base/ownership.hh"

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

    // Whose entities it sees: its own and what is shared with it; a viewer and an operator also all of their group; an
    // orchestrator of a group all of that, one of none all that somebody owns; an administrator what there is.
    Reach reach() const noexcept; // valid as long as the principal
    bool may_see(const Ownership& of) const noexcept { return reach().covers(of); }

    // Of what it sees: a user its own, an operator and an orchestrator all but what is only shared with them, a viewer
    // nothing. What belongs to nobody is the administrators' business.
    bool may_change(const Ownership&) const noexcept;

    // All that these depend on, as one text.
    std::string key() const;

private:
    bool looks_after(const Ownership&) const noexcept;
};

} // namespace auth
