#include "agent/api/vocabulary.hh"

#include <map>
#include <memory>
#include <string>

namespace api {

render::Vocabulary vocabulary(const Call& call) {
    // Some name one a thousand times, and to find it means to look through all images.
    auto known = std::make_shared<std::map<std::string, occi::MixinRef>>();
    return {call.services.model,
            [&mixins = call.services.mixins, who = call.who, known](const occi::TypeId& id) {
                const auto [place, is_new] = known->try_emplace(id.text());
                if (is_new) place->second = mixins.find(id, who);
                return place->second;
            }};
}

} // namespace api
