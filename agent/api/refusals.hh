#pragma once
// What is refused before its handler is called: nullopt when it is not.
//
// Threads: any; pure functions.

#include "agent/api/call.hh"

#include <optional>
#include <string>

namespace api {

// There is nothing for that method at that URL, but for the `allowed` ones: 405, 204 to OPTIONS; 404 without any.
http::Response refusal_of_method(const http::Head&, std::string allowed);
// RFC 9110, 8.4: a body that is packed would have to be unpacked, and a small one may be huge then.
std::optional<http::Response> refusal_of_coding(const http::Head&);
// GFD.223, 5.3: a version of OCCI above ours.
std::optional<http::Response> refusal_of_version(const http::Head&);
// `curl -X DELETE .../compute/$VM` with VM empty must not remove everything, nor a POST to
// `.../compute/$VM?action=stop` stop it.
std::optional<http::Response> refusal_of_all(const http::Head&, Handler);

} // namespace api
