// POST ?action= of an entity (GFD.223, 10.3.2).
#include "agent/api/answers.hh"
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/handlers.hh"
#include "agent/api/occi_answers.hh"
#include "agent/api/place.hh"
#include "agent/api/query.hh"
#include "agent/api/terms.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/service/storage/os_templates.hh"

#include <chrono>

namespace api {
namespace {

constexpr auto patience_for_action = std::chrono::seconds(20);

const occi::Action& action_in(const Call& call, const occi::Kind& kind) {
    const auto term = word_in(call.request.query, "action");
    if (!term) throw Error(Fault::invalid, "no action is named: ?action=TERM");
    const auto* found = action_of(kind, *term);
    if (!found) throw Error(Fault::invalid, "a " + kind.id.term + " has no action " + text::printable(*term));
    return *found;
}

// GFD.224, 3.1.2: what it answers with is the template that it makes, which can be used when the copy is whole.
http::Response save(const Call& call, const occi::Invocation& wanted, const service::Terms& terms) {
    const auto& services = call.services;
    rendered(call, occi::Categories()); // not to be rendered: nothing is done
    const auto made = services.computes.save(call.id, wanted, terms);
    occi::Categories templates;
    if (auto mixin = service::os_template_to_be(*services.context.inventory.now(), made.id, services.model))
        templates.mixins.push_back(std::move(mixin));
    auto answer = rendered(call, templates);
    return call.asynchronous ? accepted(call, made.operation, std::move(answer)) : answer;
}

} // namespace

// It is begun; what becomes of it shows with the entity. What is over in a moment unless something is wrong, which is
// whatever is done to a network or a storage, is waited for, and what was wrong is the answer.
http::Response invoke(const Call& call) {
    const auto& services = call.services;
    const auto& kind = kind_at(call);
    const auto& action = action_in(call, kind);
    const auto read = [&services, &kind, id = call.id, who = call.who] {
        return show(services, kind, id, who);
    };
    const auto before = rendered(call, read()); // not_found, or not to be rendered: nothing is done yet
    auto terms = terms_of(call, read);
    terms.key.clear(); // the journal knows by it what was made, and this makes nothing
    const auto invocation = invocation_in(call.request, action, call.passed_over.get());
    if (&action == services.model.known().save) return save(call, invocation, terms);
    const auto begun = invoke(services, kind, call.id, invocation, terms);
    const auto now = [call, &kind, before] {
        const auto entity =
            find(call.services, kind, call.id, call.who); // somebody may have deleted it since
        return entity ? rendered(call, *entity) : before;
    };
    if (!begun) return now();
    const bool goes_on = begun->subject == "compute" || begun->target != call.id;
    if (goes_on && !call.asynchronous) return now();
    return when_done(call, *begun, patience_for_action, now, now);
}

} // namespace api
