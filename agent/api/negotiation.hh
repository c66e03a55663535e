#pragma once
// Which of the two families of renderings a request means, and which rendering of it the answer is to have.
//
// Threads: any; pure functions.

#include "agent/http/types.hh"
#include "agent/occi/model.hh"
#include "agent/render/rendering.hh"

#include <stdexcept>
#include <string>

namespace api {

enum class Family { opennebula, occi };

// 406: there is no rendering that the client takes.
struct NotAcceptable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// By all but Accept. Clients of OCCI are told by what they send, then by the URL: the locations of kinds and mixins end
// in a slash, OpenNebula's pools do not. Everybody else speaks OpenNebula's XML.
Family family_of(const http::Head&, const occi::Model&);

// Whether the request says OCCI by any of its headers, and not by its URL alone: a rendering of OCCI that Accept or
// Content-Type names, or what tells the family.
bool says_occi(const http::Head&);

// By Accept, as RFC 9110, 12.5.1 has it; among what is equally welcome the first that is named wins, and a name wins
// over a wildcard, which means the family's own. Throws NotAcceptable when nothing is left. `has_opennebula`: there is
// XML to be had.
const render::Media& negotiate(const http::Head&, Family, bool has_opennebula);

// Only OCCI has actions in the query; OpenNebula names them in documents.
bool names_action(const http::Head&) noexcept;

// Whether the answer at a URL of both families would be OpenNebula's XML. Of a request that would be refused by
// negotiate(), what it says besides.
bool means_opennebula(const http::Head&, const occi::Model&);

// Every header that the two functions above look at.
inline constexpr auto what_answers_vary_by =
    "Accept, User-Agent, Content-Type, Category, X-OCCI-Attribute, X-Auth-Token";

// The types of OCCI that requests may be in (GFD.223, 5.1), the one that suits every client first.
std::string taken_types();

// What an error is said in: what the client takes before all else, if that is one of ours that can say it, otherwise
// text/plain. `head` may be as much as was read of a request that is none.
const render::Media& media_of_errors(const http::Head& head);

// The rendering of the request's own document; nullptr when Content-Type names none of ours. Of a list the first that
// is known counts: clients send what they send in Accept.
const render::Media* sent_media(const http::Head&);

} // namespace api
