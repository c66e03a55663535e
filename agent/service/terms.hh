#pragma once
// On whose behalf, and under which conditions, a service is asked to change something; and what it answers.
//
// Threads: values.

#include "agent/auth/principal.hh"
#include "agent/base/uuid.hh"
#include "agent/state/operation.hh"

#include <functional>
#include <string>

namespace service {

struct Terms {
    auth::Principal who;
    std::string key{}; // the client's Idempotency-Key, made unique for whom it belongs to; or empty
    // The client's precondition: called when nothing is under way on the thing and nobody else can begin. Throws
    // Error{precondition} when it does not hold. Must be quick. Empty: none.
    std::function<void()> check{};
};

struct Made {
    Uuid id;
    state::Operation operation; // that makes it
};

} // namespace service
