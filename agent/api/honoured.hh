#pragma once
// What a request that changes something may say beside its document, for each handler: the parameters of the query, the
// X-OCCI headers and the conditions that it honours. All else is refused by its name and never passed over: a client
// that binds a removal to a condition relies on it.
//
// Threads: any; pure functions.

#include "agent/api/call.hh"

namespace api {

// Throws Error{invalid} that names what `handle` would pass over. A GET or HEAD is never refused.
void refuse_what_is_not_honoured(const http::Head&, Handler handle);

// Whether the request changes everything at a URL: then the URL alone must not be enough, since it may lack an id by
// accident.
bool concerns_all(const http::Head&, Handler handle);

} // namespace api
