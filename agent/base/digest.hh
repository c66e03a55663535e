#pragma once
// SHA-256 as lower-case hexadecimal digits.
//
// Threads: any. Throws Error{internal} when OpenSSL refuses.

#include <string>
#include <string_view>

std::string sha256(std::string_view);
