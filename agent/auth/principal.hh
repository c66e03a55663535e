#pragma once
// Who asks. Every request has one, every entity has an owner.
//
// Threads: a value.

#include <string>
#include <string_view>

namespace auth {

struct Principal {
    std::string name;
    bool admin = false;

    // Whether the principal may see and change what belongs to `owner`. What belongs to nobody is the administrators'
    // business.
    bool may_use(std::string_view owner) const noexcept { return admin || (!owner.empty() && owner == name); }
};

} // namespace auth
