#include "agent/api/filter.hh"

#include "agent/api/headers.hh"
#include "agent/api/values.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/render/field_reader.hh"

#include <algorithm>

namespace api {

occi::Categories categories_in(const http::Head& head, const render::Vocabulary& words) {
    occi::Categories named;
    for (const auto& id : render::read_categories(list_header(head, "Category").value_or(""))) {
        const auto* kind = words.model.kind(id);
        const auto mixin = words.mixin(id);
        const auto* action = words.model.action(id);
        if (kind) named.kinds.push_back(kind);
        if (mixin) named.mixins.push_back(mixin);
        if (action) named.actions.push_back(action);
        if (!kind && !mixin && !action)
            throw Error(Fault::not_found, "there is no category " + text::printable(id.text(), 200));
    }
    return named;
}

Filter::Filter(const http::Head& head, const render::Vocabulary& words, std::string_view invoked)
    : categories_(categories_in(head, words)),
      attributes_(render::read_attributes(list_header(head, "X-OCCI-Attribute").value_or(""))) {
    std::erase_if(categories_.actions, [&](const auto* action) { return action->id.term == invoked; });
    if (!categories_.actions.empty())
        throw Error(Fault::invalid,
                    "action " + categories_.actions.front()->id.text() + " is nothing that an entity is of");
}

bool Filter::admits(const occi::Kind& kind) const noexcept {
    return std::ranges::all_of(categories_.kinds, [&](const auto* wanted) { return wanted == &kind; });
}

bool Filter::admits(const render::AnyEntity& any) const {
    const auto& entity = render::entity_in(any);
    if (!std::ranges::all_of(categories_.mixins, [&](const auto& mixin) { return entity.has(*mixin); }))
        return false;
    const auto shown = render::attributes_of(any);
    return std::ranges::all_of(attributes_, [&](const auto& wanted) {
        return std::ranges::any_of(shown, [&](const auto& attribute) {
            return attribute.first == wanted.first && is_same(attribute.second, wanted.second);
        });
    });
}

} // namespace api
