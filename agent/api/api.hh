#pragma once
// The HTTP face of the agent: says who asks, finds the route, reads the body, calls a service, writes the answer. Every
// request that a client can make stands in the table of routes.cc.
//
// Threads: any; keeps nothing between requests but what was written last.

#include "agent/api/renderings.hh"
#include "agent/auth/principal.hh"
#include "agent/http/types.hh"
#include "agent/render/rendering.hh"
#include "agent/render/sent.hh"
#include "agent/render/shown.hh"
#include "agent/service/compute/computes.hh"
#include "agent/service/compute/links.hh"
#include "agent/service/mixins.hh"
#include "agent/service/network/networks.hh"
#include "agent/service/storage/storages.hh"
#include "agent/state/answers.hh"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace api {

class Filter;  // filter.hh
struct Match;  // routes.hh
struct Member; // entities.hh

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
};

// One request on its way to a handler. An answer that comes later may keep a copy: `request` lives until the answer is
// whole or let go (http::Later).
struct Call {
    const http::Request& request;
    auth::Principal who;
    std::string id;                       // what {id} of the pattern stands for
    std::string base;                     // "http://HOST" or "https://HOST": what hrefs begin with
    std::string agent;                    // User-Agent
    bool asynchronous = false;            // Prefer: respond-async (RFC 7240, 4.1)
    const render::Media* media = nullptr; // of the answer, where there is a choice
    std::string key{}; // in Answers and in the journal, of a request that must be done only once
};

class Api : public http::Application {
public:
    explicit Api(const Services& services) : services_(services) {}

    Admission admit(const http::Head&) override;
    bool is_quick(const http::Head&) const noexcept override;
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
    std::shared_ptr<http::BodySink> receive_storage(const http::Head&);
    http::Response show_storage(const Call&);
    http::Response remove_storage(const Call&);

    // Those of OCCI (occi.cc), whatever the kind.
    http::Response categories(const Call&);
    http::Response list_entities(const Call&);
    http::Response show_entity(const Call&);
    http::Response invoke(const Call&);
    // (creation.cc, changes.cc)
    http::Response create_entities(const Call&);
    http::Response change_entity(const Call&);
    http::Response replace_entity(const Call&);
    http::Response remove_link(const Call&);
    // Of collections (collections.cc): of a kind, or of a mixin.
    http::Response invoke_on_all(const Call&);
    http::Response remove_all(const Call&);
    http::Response give_mixin(const Call&);
    http::Response replace_members(const Call&);
    http::Response take_mixin(const Call&);
    // Of the query interface: mixins of users (user_mixins.cc).
    http::Response define_mixins(const Call&);
    http::Response forget_mixins(const Call&);

    // Ours (operations.cc, events.cc, health.cc).
    http::Response list_operations(const Call&);
    http::Response show_operation(const Call&);
    http::Response cancel_operation(const Call&);
    http::Response list_orphans(const Call&); // orphans.cc
    http::Response show_orphan(const Call&);
    http::Response adopt_orphan(const Call&);
    http::Response remove_orphan(const Call&);
    http::Response events(const Call&);
    http::Response health(const Call&);

private:
    using Handler = std::function<http::Response(const Call&)>;

    Match route_of(const http::Head&, const auth::Principal&) const;
    bool is_draft(const http::Head&) const;
    bool is_mixin(const http::Head&, const auth::Principal&) const; // nothing but the location of one

    // The answer to a creation that was journalled, now or again.
    http::Response made(const Call&, const state::Operation&);
    http::Response made_compute(const Call&, const state::Operation&);
    http::Response made_network(const Call&, const state::Operation&);
    http::Response made_storage(const Call&, const state::Operation&);
    http::Response accepted(const Call&, const state::Operation&, http::Response) const;
    http::Response removed(const Call&, const state::Operation&, http::Response last,
                           std::chrono::milliseconds patience = std::chrono::seconds(5));
    // To a GET of one entity.
    http::Response entity(const Call&, const std::function<occi::Resource()>& show,
                          const std::function<std::string(const occi::Resource&)>& write);
    Filter filter_of_one(const Call&) const;
    service::Terms terms_of(const Call&, const std::function<render::AnyEntity()>& show) const;
    // 201: in the rendering of OCCI that is asked for, or as `draft` writes it.
    http::Response created(const Call&, const render::AnyEntity&,
                           const std::function<std::string()>& draft) const;
    http::Response made_link(const Call&, const service::Made&);
    http::Response save(const Call&, const occi::Invocation&, const service::Terms&);
    http::Response changed(const Call&, const occi::Kind&, const std::optional<state::Operation>&);
    http::Response create_at(const Call&, const occi::Kind&);
    http::Response done(const Call&) const; // 200, and nothing to show
    render::Vocabulary vocabulary(const Call&) const;
    // What the URL is the location of: one of the two. Error{not_found}.
    struct Place {
        const occi::Kind* kind = nullptr;
        occi::MixinRef mixin{};
    };
    Place place_of(const Call&) const;
    const occi::Kind& kind_at(const Call&) const; // where there is nothing but kinds
    // In the rendering of OCCI that is asked for.
    http::Response rendered(const Call&, const render::AnyEntity&) const;
    // Where they are, or in JSON what they are; of `kinds`.
    http::Response listed(const Call&, const std::vector<Member>&,
                          const std::vector<const occi::Kind*>& kinds) const;
    // What is shown of it while it is being removed, by `write` where the draft is spoken.
    http::Response leaving(const Call&, occi::Resource,
                           const std::function<std::string(const occi::Resource&)>& write) const;

    // PUT of a compute that must not be there yet, and whether it is.
    http::Response create_as(const Call&);
    bool is_there(const Uuid&) const;

    // Requests with an Idempotency-Key (exactly_once.cc); `by_uri`: one without it counts as having its URI for a key.
    struct Keyed;
    http::Response once(const Call&, const Handler&, bool by_uri);
    http::Response answer_once(const std::shared_ptr<const Keyed>&);
    http::Response wait_for_another(const std::shared_ptr<const Keyed>&);

    Services services_;
    Renderings renderings_;
};

} // namespace api
