#pragma once
// What clients mean by a value.
//
// Threads: any; a pure function.

#include "agent/occi/model.hh"

namespace api {

// 2 and 2.0 are the same number.
bool is_same(const occi::Value&, const occi::Value&);

} // namespace api
