// The query interface: what is known here, and the mixins that users define (GFD.223, 9; GFD.185, 3.4.1).
#include "agent/api/clients.hh"
#include "agent/api/documents.hh"
#include "agent/api/filter.hh"
#include "agent/api/handlers.hh"
#include "agent/api/occi_answers.hh"
#include "agent/api/vocabulary.hh"
#include "agent/base/error.hh"

#include <deque>

namespace api {
namespace {

occi::Categories all_categories(const Call& call) {
    auto all = call.services.model.categories();
    for (auto& mixin : call.services.mixins.list(call.who)) all.mixins.push_back(std::move(mixin));
    return all;
}

// As a client reads them that fails where a kind has no location. `copies` outlives what they are in.
void give_each_a_location(std::vector<const occi::Kind*>& kinds, std::deque<occi::Kind>& copies) {
    for (auto& kind : kinds) {
        if (!kind->location.empty()) continue;
        auto& copy = copies.emplace_back(*kind);
        copy.location = "/" + copy.id.term + "/";
        kind = &copy;
    }
}

std::vector<occi::Mixin> some_mixins_in(const Call& call) {
    auto mixins = mixins_in(call.request, vocabulary(call), call.passed_over.get());
    if (mixins.empty()) throw Error(Fault::invalid, "no mixin is named");
    return mixins;
}

} // namespace

http::Response list_categories(const Call& call) {
    auto wanted = categories_in(call.request, vocabulary(call));
    if (wanted.kinds.empty() && wanted.mixins.empty() && wanted.actions.empty())
        wanted = all_categories(call);
    std::deque<occi::Kind> copies;
    if (has_need(call.request, Need::locations_of_all_kinds)) give_each_a_location(wanted.kinds, copies);
    return shown(call, or_refuse(render::write(call.media->rendering, wanted)));
}

http::Response define_mixins(const Call& call) {
    call.services.mixins.define(some_mixins_in(call), call.who);
    return done(call);
}

http::Response forget_mixins(const Call& call) {
    std::vector<occi::TypeId> ids;
    for (const auto& mixin : some_mixins_in(call)) ids.push_back(mixin.id);
    call.services.mixins.forget(ids, call.who);
    return done(call);
}

} // namespace api
