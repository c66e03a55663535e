#pragma once
// The HTTP face of the agent: says who asks, finds the route and checks its permission, once for each request. Every
// request that a client can make stands in the table of routes.cc.
//
// Threads: any; keeps nothing between requests.

#include "agent/api/call.hh"

#include <memory>
#include <string_view>

namespace api {

class Api : public http::Application {
public:
    // Tells the principal that makes a request; Error{forbidden}: it is none that we serve.
    using Identify = auth::Principal (*)(const http::Head&);

    // The services outlive it, and every request.
    Api(const Services& services, Identify identify) : services_(services), identify_(identify) {}

    std::unique_ptr<http::Admission> admit(const http::Head&) override;
    bool is_quick(const http::Head&) const noexcept override;
    http::Response refuse(const http::Head&, int status, std::string_view sentence) override;

private:
    const Services& services_;
    const Identify identify_;
};

} // namespace api
