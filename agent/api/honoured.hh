#pragma once
// What a request that changes something may say beside its document, for each handler: the parameters of the query, the
// X-OCCI headers and the conditions that it honours. All else is refused by its name and never passed over: who binds a
// removal to a condition relies on it.
//
// Threads: any; pure functions.

#include "agent/api/call.hh"

namespace api {

// Error{invalid} that names what `handle` would pass over. Of GET and HEAD nothing is refused.
void refuse_what_is_not_honoured(const http::Head&, Handler handle);

// Whether it changes all that is at a URL: then the URL alone, which lacks no more than an id, must not be enough.
bool concerns_all(const http::Head&, Handler handle);

} // namespace api
