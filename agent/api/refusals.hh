#pragma once
// What is refused before its handler is called: nullopt when it is not.
//
// Threads: any; pure functions.

#include "agent/api/call.hh"

#include <optional>
#include <string>

namespace api {

// The answer to a method that a URL does not have: 405 that names the `allowed` ones, 204 to OPTIONS; 404 when no
// method is allowed.
http::Response refusal_of_method(const http::Head&, std::string allowed);
// RFC 9110, 8.4: a body that is packed would have to be unpacked, and a small one may be huge then.
std::optional<http::Response> refusal_of_coding(const http::Head&);
// GFD.223, 5.3: a version of OCCI above ours.
std::optional<http::Response> refusal_of_version(const http::Head&);
// `curl -X DELETE .../compute/$VM` with VM empty must not remove everything, nor a POST to
// `.../compute/$VM?action=stop` stop it.
std::optional<http::Response> refusal_of_all(const http::Head&, Handler, const Services&,
                                             const auth::Principal&);

} // namespace api
