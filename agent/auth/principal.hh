#pragma once
// The one on whose behalf a request is made. Every request has one, every entity has an owner.
//
// Threads: a value.

#include <string>
#include <string_view>

namespace auth {

enum class Role { user, administrator }; // who may do more comes later

struct Principal {
    std::string name;
    Role role = Role::user;

    bool is_administrator() const noexcept { return role == Role::administrator; }

    // Whether the principal may see and change what belongs to `owner`. What belongs to nobody is the administrators'
    // business.
    bool may_use(std::string_view owner) const noexcept {
        return is_administrator() || (!owner.empty() && owner == name);
    }
};

} // namespace auth
