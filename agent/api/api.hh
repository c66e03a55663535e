#pragma once
// The HTTP face of the agent: says who asks, finds the route and checks its permission, once for each request. Every
// request that a client can make stands in the table of routes.cc.
//
// Threads: any; keeps nothing between requests.

#include "agent/api/call.hh"
#include "agent/api/door.hh"

#include <memory>
#include <optional>
#include <string_view>

namespace api {

class Api : public http::Application {
public:
    // The services and the door outlive it, and every request.
    Api(const Services& services, Door& door) : services_(services), door_(door) {}

    std::unique_ptr<http::Admission> admit(const http::Head&) override;
    bool is_quick(const http::Head&) const noexcept override;
    http::Response refuse(const http::Head&, int status, std::string_view sentence) override;

    // The admission of a request when it is known who makes it.
    std::unique_ptr<http::Admission> admit_as(const http::Head&, const auth::Verdict&);

private:
    std::unique_ptr<http::Admission> look_at(const http::Head&, std::optional<auth::Verdict>&);

    const Services& services_;
    Door& door_;
};

} // namespace api
