#pragma once
// What a principal must be allowed to do to make a request, whoever owns what it is about (that is
// Principal::may_see and may_change), and which role is allowed to.
//
// Threads: any; constant data.

#include "agent/auth/principal.hh"

#include <string_view>

namespace auth {

enum class Permission { read, create, change, remove, remove_all, tend_orphans, act_for_others };

bool may(Role, Permission) noexcept;

// Error{forbidden}: the role is not allowed to; `path` says where.
void require(const Principal&, Permission, std::string_view path);

} // namespace auth
