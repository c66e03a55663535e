// POST and DELETE at the query interface: the mixins that users define (GFD.223, 9.3 and 9.4; GFD.185, 3.4.1).
#include "agent/api/api.hh"
#include "agent/api/documents.hh"
#include "agent/base/error.hh"

namespace api {
namespace {

std::vector<occi::Mixin> some_mixins_in(const Call& call, const render::Vocabulary& words) {
    auto mixins = mixins_in(call.request, words);
    if (mixins.empty()) throw Error(Fault::invalid, "no mixin is named");
    return mixins;
}

} // namespace

http::Response Api::define_mixins(const Call& call) {
    services_.mixins.define(some_mixins_in(call, vocabulary(call)), call.who);
    return done(call);
}

http::Response Api::forget_mixins(const Call& call) {
    for (const auto& mixin : some_mixins_in(call, vocabulary(call)))
        services_.mixins.forget(mixin.id, call.who);
    return done(call);
}

} // namespace api
