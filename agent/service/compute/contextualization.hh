#pragma once
// What a guest is to be told of its user, as clients say it: the public key that lets the user in, and user data. Each
// has a mixin of the standard (GFD.224, 3.6) and one of OpenStack. Kept in our own store only, as it was given, shown
// to its owner only, and never part of a description, a plan, an error or a log line.
//
// Threads: any; pure functions.

#include "agent/occi/model.hh"
#include "drivers/contract/machine.hh"

#include <map>
#include <string>

namespace service {

namespace note {
inline constexpr auto secrets = "secrets"; // the names of those that the machine was given
inline constexpr auto ssh_key = "ssh_key";
inline constexpr auto user_data = "user_data";
} // namespace note

// What the client says, by the name of its note; only what it says. Throws Error{invalid}: too long, or no text;
// Error{conflict}: said twice and not the same.
std::map<std::string, std::string> context_in(const occi::Entity& wanted, const occi::Model::Known&);

// Whether both mean the same: clients send user data and keys as they are, or in base64.
bool is_same_context(const std::string& one, const std::string& other);

// All of it is secret. Taken out of what goes into descriptions that others read; the spec keeps their names.
using Secrets = std::map<std::string, std::string>;
Secrets take_secrets(Secrets& notes);
Secrets take_secrets(hv::MachineSpec&);
void note_secrets(hv::MachineSpec&, const Secrets&); // their names
bool has_secrets(const hv::MachineSpec&);            // in its notes, where releases before this had them

// Adds them, by the mixins of the standard.
void show_context(const Secrets&, const occi::Model::Known&, occi::Entity& shown);
// What the machine was given and does not have any more, as a sentence; empty: nothing.
std::string lost_secrets(const hv::MachineSpec&, const Secrets&);

} // namespace service
