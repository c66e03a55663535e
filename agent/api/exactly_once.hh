#pragma once
// Idempotency-Key: the same request again gets the same answer and does nothing more, also at the same moment, also
// after the agent was killed in between.
//
// Threads: any.

#include "agent/api/call.hh"

#include <functional>

namespace api {

using Work = std::function<http::Response(const Call&)>;

enum class By {
    key, // that the client gives; without one the work is simply done
    uri  // without a key: that of what is made, for as long as it is there
};

// What `work` answers, now or earlier. Calls it with the key in the call, and at most once for all requests that are
// the same; what would be different at another time is not remembered. Error{invalid}: no good key;
// Error{unprocessable, precondition}: another request had it.
http::Response once(const Call&, const Work& work, By);

} // namespace api
