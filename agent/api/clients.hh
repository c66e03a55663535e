#pragma once
// What one client needs and no other gets: its sign in a request, and what is different for it. One table, since these
// clients do not change any more, and nobody should have to look for what was done for them.
//
// A row more is its member of Need, its place where that is asked for, and a conversation as its test
// (tests/wire/client_test.cc).
//
// Threads: any; pure functions.

#include "agent/http/types.hh"

#include <span>
#include <string_view>

namespace api {

enum class Need {
    opennebula_14,          // other wrappers and statuses of XML
    any_address,            // is what it means by the address of a network itself
    occi,                   // OCCI is meant, though nothing else in the request says so
    locations_of_all_kinds, // also of those in the model that nothing is made of, and that the standard gives none
    list_as_location,       // a list in text/occi stands in Location, too
    location_of_change      // the 200 to a change in text/occi has Location
};

struct ClientRow {
    std::string_view client, sign; // for people
    bool (*shows)(const http::Head&) noexcept;
    Need need;
};
std::span<const ClientRow> client_rows() noexcept;

bool has_need(const http::Head&, Need) noexcept;

} // namespace api
