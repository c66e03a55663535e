#pragma once
// What a handler is given: the request, who makes it, and the services of the agent; and the part of that which is
// there before the body has come.
//
// Threads: values; any.

#include "agent/auth/principal.hh"
#include "agent/http/types.hh"
#include "agent/render/passed_over.hh"
#include "agent/render/rendering.hh"
#include "agent/service/compute/computes.hh"
#include "agent/service/compute/links.hh"
#include "agent/service/mixins.hh"
#include "agent/service/network/networks.hh"
#include "agent/service/storage/storages.hh"
#include "agent/state/answers.hh"

#include <memory>
#include <string>

namespace api {

class Renderings; // renderings.hh
class Upload;     // upload.hh

// The services that requests are answered with. Outlives all requests.
struct Services {
    const occi::Model& model;
    service::Computes& computes;
    service::Storages& storages;
    service::Networks& networks;
    service::Links& links;
    service::Mixins& mixins;
    state::Operations& operations;
    state::Journal& journal;
    state::EventLog& events;
    state::Answers& answers;
    service::Context& context;
    Renderings& renderings;
};

// One request whose body is still to come.
struct Announced {
    const Services& services;
    const http::Head& head;
    const auth::Principal& who;
};

// One request on its way to a handler. An answer that comes later may keep a copy: what it refers to lives until the
// answer is whole or let go (http::Later).
struct Call {
    const Services& services;
    const http::Request& request;
    const auth::Principal& who;
    std::string id;                       // what {id} of the pattern stands for
    std::string base;                     // "http://HOST" or "https://HOST": what hrefs begin with
    bool asynchronous = false;            // Prefer: respond-async (RFC 7240, 4.1)
    const render::Media* media = nullptr; // of the answer, where there is a choice
    Upload* upload = nullptr;             // where the body is; nullptr: in the request
    std::string key{}; // in Answers and in the journal, of a request that must be done only once
    // What the document says and nothing here does, for the answer to name; nullptr: the request has none.
    std::shared_ptr<render::PassedOver> passed_over{};
};

using Handler = http::Response (*)(const Call&);

} // namespace api
