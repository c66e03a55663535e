#pragma once
// The HTTP face of the agent: says who asks, finds the route, reads the body, calls a service, writes the answer. Every request
// that a client can make stands in the table of routes.cc.
//
// Threads: any; keeps nothing between requests.

#include "agent/auth/principal.hh"
#include "agent/http/types.hh"
#include "agent/service/computes.hh"
#include "agent/service/networks.hh"
#include "agent/service/storages.hh"

#include <span>
#include <string>
#include <string_view>

namespace api {

struct Services {
    const occi::Model& model;
    service::Computes& computes;
    service::Storages& storages;
    service::Networks& networks;
};

// One request on its way to a handler.
struct Call {
    const http::Request& request;
    auth::Principal who;
    std::string id;   // what {id} of the pattern stands for
    std::string base; // "http://HOST": what hrefs begin with
};

class Api : public http::Application {
public:
    explicit Api(const Services& services) : services_(services) {}

    Admission admit(const http::Head&) override;
    http::Response handle(const http::Request&) override;
    http::Response refuse(int status, std::string_view sentence) override;

    // The handlers of the draft's XML (draft.cc).
    http::Response entry_point(const Call&);
    http::Response instance_types(const Call&);
    http::Response instance_type(const Call&);
    http::Response list_computes(const Call&);
    http::Response create_compute(const Call&);
    http::Response show_compute(const Call&);
    http::Response change_compute(const Call&);
    http::Response remove_compute(const Call&);
    http::Response list_networks(const Call&);
    http::Response create_network(const Call&);
    http::Response show_network(const Call&);
    http::Response remove_network(const Call&);
    http::Response list_storages(const Call&);
    http::Response create_storage(const Call&);
    http::Response show_storage(const Call&);
    http::Response remove_storage(const Call&);

private:
    Services services_;
};

} // namespace api
