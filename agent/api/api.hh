#pragma once
// The HTTP face of the agent: says who asks, finds the route, has its handler make the answer. Every request that a
// client can make stands in the table of routes.cc.
//
// Threads: any; keeps nothing between requests.

#include "agent/api/call.hh"

#include <string_view>

namespace api {

struct Match; // routes.hh

class Api : public http::Application {
public:
    explicit Api(const Services& services) : services_(services) {}

    Admission admit(const http::Head&) override;
    bool is_quick(const http::Head&) const noexcept override;
    http::Response handle(const http::Request&) override;
    http::Response refuse(int status, std::string_view sentence) override;

private:
    Match route_of(const http::Head&, const auth::Principal&) const;
    bool speaks_opennebula(const http::Head&) const;
    bool is_mixin(const http::Head&, const auth::Principal&) const; // nothing but the location of one

    const Services services_;
};

} // namespace api
