#pragma once
// Hashes of passwords as crypt(5) has them: yescrypt (what is made here), bcrypt, SHA-512 and SHA-256.
//
// Threads: any. Each check takes some milliseconds of the processor, by intention.

#include <string>
#include <string_view>

namespace auth {

// Whether it is one of those that are taken. Old ones that are quickly guessed (DES, MD5, NT, $apr1$, {SHA}) are not.
bool is_password_hash(std::string_view) noexcept;

// Throws Error{invalid} for a password that is empty, too long or has a NUL, Error{internal} when crypt(3) refuses.
std::string hash_password(const std::string& password);

// Takes as long for a wrong one as for the right one.
bool is_password(const std::string& password, const std::string& hash) noexcept;

// As lower-case hexadecimal digits: what clients of OpenNebula send in the place of the password.
std::string sha1_of(std::string_view password);

} // namespace auth
