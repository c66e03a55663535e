#pragma once
// A UUID that is made of names and is the same for the same ones: of things that have no id of their own.
//
// Threads: any. Throws what sha256 throws.

#include "agent/base/uuid.hh"

#include <string_view>

// Of `name` among those of `space`. RFC 9562, 5.8: version 8, from SHA-256.
Uuid named_uuid(const Uuid& space, std::string_view name);
