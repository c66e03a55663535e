#pragma once
// What a guest is to be told of its user, as clients say it: the public key that lets the user in, and user data. Each has a mixin of
// the standard (GFD.224, 3.6) and one of OpenStack. Kept in the machine's notes as it was given, shown to its owner only, and
// never part of an error or a log line.
//
// Threads: any; pure functions.

#include "agent/occi/model.hh"
#include "drivers/driver.hh"

#include <map>
#include <string>

namespace service {

namespace note {
inline constexpr auto ssh_key = "ssh_key";
inline constexpr auto user_data = "user_data";
} // namespace note

// By its note, what the client says; only what it says. Throws Error{invalid}: too long, or no text; Error{conflict}: said twice and
// not the same.
std::map<std::string, std::string> context_in(const occi::Entity& wanted, const occi::Model::Known&);

// Whether both mean the same: clients send user data and keys as they are, or in base64.
bool is_same_context(const std::string& one, const std::string& other);

// Adds what the notes have, by the mixins of the standard.
void show_context(const hv::MachineSpec&, const occi::Model::Known&, occi::Entity& shown);

} // namespace service
