#pragma once
// What the URL of a request is the location of (GFD.223, 3): a kind, or a mixin.
//
// Threads: any. Failures: Error{not_found}.

#include "agent/api/call.hh"

namespace api {

struct Place { // one of the two
    const occi::Kind* kind = nullptr;
    occi::MixinRef mixin{};
};

Place place_of(const Call&);
// For URLs that can be of kinds only; also for the URL of an entity.
const occi::Kind& kind_at(const Call&);

} // namespace api
