#pragma once
// The HTTP face of the agent: says who asks and finds the route, once for each request. Every request that a client can
// make stands in the table of routes.cc.
//
// Threads: any; keeps nothing between requests.

#include "agent/api/call.hh"

#include <memory>
#include <string_view>

namespace api {

class Api : public http::Application {
public:
    explicit Api(const Services& services) : services_(services) {}

    std::unique_ptr<http::Admission> admit(const http::Head&) override;
    bool is_quick(const http::Head&) const noexcept override;
    http::Response refuse(int status, std::string_view sentence) override;

private:
    const Services services_;
};

} // namespace api
