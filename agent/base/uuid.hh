#pragma once
// UUIDs as text: 36 characters, lower case (RFC 9562). They are the identity of every entity, in OCCI and in libvirt
// alike.

#include <string>
#include <string_view>

using Uuid = std::string;

// A new random (version 4) one. Throws Error{internal} when the kernel gives no random bytes.
Uuid new_uuid();

// Whether `text` is a UUID in the one spelling we use.
bool is_uuid(std::string_view text) noexcept;
