#pragma once
// The answer to a creation that is in the journal: now, or again for a request that comes a second time.
//
// Threads: any.

#include "agent/api/call.hh"

namespace api {

// In the rendering that the client asks for. The operation may make whatever POST makes.
http::Response made(const Call&, const state::Operation&);
http::Response made_link(const Call&, const service::Made&); // in a rendering of OCCI

} // namespace api
