#include "agent/api/made.hh"

#include "agent/api/answers.hh"
#include "agent/api/entities.hh"
#include "agent/api/place.hh"
#include "agent/api/waiting.hh"
#include "agent/base/error.hh"
#include "agent/service/operation_kinds.hh"

#include <chrono>
#include <functional>

namespace api {
namespace {

// So long an answer waits for the end of what it began. For a device that is a guest's time to take it.
constexpr auto patience_for_network = std::chrono::seconds(20), patience_for_disk = std::chrono::seconds(2),
               patience_for_device = std::chrono::seconds(15);

http::Response nothing_yet() { return {202, {}, "", ""}; }

// What was made; when it is there no more because its making has failed, that failure.
occi::Resource show_made(const state::Operation& operation, const std::function<occi::Resource()>& show) {
    try {
        return show();
    } catch (const Error& failure) {
        if (failure.fault() == Fault::not_found && has_ended(operation.stage)) require_done(operation);
        throw;
    }
}

http::Response made_compute(const Call& call, const state::Operation& operation) {
    const auto answer = [&] {
        return created(call, show_made(operation, [&] {
                           return call.services.computes.show(operation.target, call.who);
                       }));
    };
    return call.asynchronous ? accepted(call, operation, unless_deleted(answer)) : answer();
}

http::Response made_network(const Call& call, const state::Operation& operation) {
    const auto done = [call, id = operation.target] {
        return created(call, call.services.networks.show(id, call.who));
    };
    return when_done(call, operation, patience_for_network, done, nothing_yet);
}

http::Response made_storage(const Call& call, const state::Operation& operation) {
    const auto answer = [call](const state::Operation& now) {
        return created(call,
                       show_made(now, [&] { return call.services.storages.show(now.target, call.who); }));
    };
    if (call.asynchronous) return accepted(call, operation, answer(operation));
    if (is(operation, service::KindOfOperation::import_storage))
        return answer(operation); // a copy takes as long as it takes
    return when_ended(call.services.operations, operation.id, patience_for_disk,
                      [answer, operation](const auto& ended) { return answer(ended.value_or(operation)); });
}

} // namespace

http::Response made(const Call& call, const state::Operation& operation) {
    if (operation.subject == "network") return made_network(call, operation);
    if (operation.subject == "storage") return made_storage(call, operation);
    if (const auto link = call.services.links.made_by(operation); !link.empty())
        return made_link(call, {link, operation});
    return made_compute(call, operation);
}

http::Response made_link(const Call& call, const service::Made& link) {
    const auto done = [call, id = link.id] {
        return created(call, show(call.services, kind_at(call), id, call.who));
    };
    return when_done(call, link.operation, patience_for_device, done, nothing_yet);
}

} // namespace api
