#include "agent/api/place.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

namespace api {
namespace {

[[noreturn]] void refuse(const Call& call) {
    throw Error(Fault::not_found, "there is nothing at " + text::printable(call.request.path));
}

// As the model spells it: with a slash at its end.
std::string location_of(std::string path) {
    if (!path.ends_with('/')) path += '/';
    return path;
}

} // namespace

Place place_of(const Call& call) {
    const auto& model = call.services.model;
    std::string location = call.request.path;
    if (call.id.empty() || model.mixin_at(location))
        location = location_of(std::move(location));
    else
        location.resize(location.rfind('/') + 1);
    Place place{model.kind_at(location), model.mixin_at(location)};
    if (!place.kind && !place.mixin)
        place.mixin = call.services.mixins.find_at(location_of(call.request.path), call.who);
    if (!place.kind && !place.mixin) refuse(call);
    return place;
}

const occi::Kind& kind_at(const Call& call) {
    const auto place = place_of(call);
    if (!place.kind) refuse(call);
    return *place.kind;
}

} // namespace api
