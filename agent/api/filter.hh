#pragma once
// What a request is narrowed down to by the headers Category and X-OCCI-Attribute (GFD.185, 3.4.3): a GET of a
// collection, a DELETE, an action. JSON has no way to say it.
//
// Threads: values and pure functions. Error{invalid}: a header cannot be read; Error{not_found}: a category that is not
// known.

#include "agent/http/types.hh"
#include "agent/occi/model.hh"
#include "agent/render/sent.hh"
#include "agent/render/shown.hh"

#include <string_view>
#include <utility>
#include <vector>

namespace api {

// The categories that are named; of the query interface no more is shown than these.
occi::Categories categories_in(const http::Head&, const render::Vocabulary&);

// Of collections: all that is named must hold of an entity.
class Filter {
public:
    Filter() = default; // admits everything
    // `invoked`: the term of the action that is asked for, which Category may name as well.
    Filter(const http::Head&, const render::Vocabulary&, std::string_view invoked = {});
    void require(occi::MixinRef mixin) { categories_.mixins.push_back(std::move(mixin)); }

    bool is_none() const noexcept { return categories_.kinds.empty() && !looks_inside(); }
    // Whether an entity must be looked at to be judged, and not only its kind.
    bool looks_inside() const noexcept { return !categories_.mixins.empty() || !attributes_.empty(); }
    bool admits(const occi::Kind&) const noexcept;
    bool admits(const render::AnyEntity&) const; // of a kind that is admitted

private:
    occi::Categories categories_;
    occi::Attributes attributes_;
};

} // namespace api
