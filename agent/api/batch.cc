#include "agent/api/batch.hh"

#include "agent/api/answers.hh"
#include "agent/api/entities.hh"
#include "agent/api/occi_answers.hh"
#include "agent/api/opennebula.hh"
#include "agent/api/operations.hh"
#include "agent/api/waiting.hh"
#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/render/opennebula_xml.hh"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

namespace api {
namespace {

using Clock = std::chrono::steady_clock;
using state::Operation;

// As for one of them.
constexpr std::chrono::milliseconds patience = std::chrono::seconds(20),
                                    patience_for_removal = std::chrono::seconds(15);

struct Batch {
    Call call;
    const occi::Kind& kind;
    std::vector<service::Made> made{};
    Clock::time_point until = Clock::now() + patience;
};
using Shared = std::shared_ptr<Batch>;

// These are shown only when they are there; the others as soon as they are asked for.
bool comes_later(const Batch& batch) {
    const auto& known = batch.call.services.model.known();
    return &batch.kind != known.compute && &batch.kind != known.storage;
}

http::Response listed(const Batch& batch, int status) {
    const auto& call = batch.call;
    if (!speaks_occi(call)) {
        std::vector<std::string> ids;
        for (const auto& one : batch.made) ids.push_back(one.id);
        return xml(status, render::opennebula::write_pool(batch.kind, ids, call.base));
    }
    render::Listing listing;
    for (const auto& one : batch.made) {
        listing.urls.push_back(call.base + render::path_of(batch.kind, one.id));
        if (call.media->rendering != render::Rendering::json) continue;
        if (auto shown = find(call.services, batch.kind, one.id, call.who))
            add(listing.entities, std::move(*shown));
    }
    const auto written = or_refuse(render::write(call.media->rendering, listing));
    return {status, written.headers, std::string(call.media->content_type), written.body};
}

// 202: where the making of each is shown, and in JSON at once how it goes.
http::Response followed(const Batch& batch) {
    std::vector<state::Operation> begun;
    for (const auto& one : batch.made)
        begun.push_back(batch.call.services.operations.find(one.operation.id).value_or(one.operation));
    const bool is_json = batch.call.media->rendering == render::Rendering::json;
    auto answer = is_json ? operations_document(batch.call, begun) : listed(batch, 202);
    return accepted_at(batch.call, page_of_operations(begun), std::move(answer));
}

// Of those that can be removed by now; the operations.
std::vector<std::string> begin_removals(const Batch& batch) {
    std::vector<std::string> begun;
    for (const auto& one : batch.made) {
        try {
            begun.push_back(remove(batch.call.services, batch.kind, one.id, {batch.call.who}).id);
        } catch (const Error& failure) {
            if (failure.fault() == Fault::not_found) continue;
            logging::error("{} {} of a refused collection stays: {}", batch.kind.id.term, one.id,
                           failure.what());
        }
    }
    return begun;
}

http::Response when_ended_all(state::Operations& operations, std::vector<std::string> ids,
                              const std::function<http::Response()>& answer) {
    if (ids.empty()) return answer();
    const auto last = ids.back();
    ids.pop_back();
    return when_ended(operations, last, patience_for_removal, [&operations, ids, answer](const auto&) {
        return when_ended_all(operations, ids, answer);
    });
}

// What is still on its way is cancelled, and what is there after all is removed: nothing is left when the client hears
// of it.
http::Response unmake(const Shared& batch, const Error& why) {
    auto& operations = batch->call.services.operations;
    std::vector<std::string> creations;
    for (const auto& one : batch->made) {
        cancel_if_under_way(operations, one.operation, batch->call.who);
        creations.push_back(one.operation.id);
    }
    const Error answer(why.fault(), std::string(why.what()) + ", so none of the collection was made");
    return when_ended_all(operations, std::move(creations), [batch, answer]() -> http::Response {
        return when_ended_all(batch->call.services.operations, begin_removals(*batch),
                              [answer]() -> http::Response { throw answer; });
    });
}

http::Response when_all_are_there(const Shared& batch, std::size_t next) {
    if (next == batch->made.size()) return listed(*batch, 201);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(batch->until - Clock::now());
    return when_ended(batch->call.services.operations, batch->made[next].operation.id,
                      std::max(left, std::chrono::milliseconds(0)),
                      [batch, next](const std::optional<Operation>& ended) {
                          if (!ended) return followed(*batch);
                          if (ended->stage == state::Stage::done) return when_all_are_there(batch, next + 1);
                          return unmake(batch, Error(ended->fault, ended->message));
                      });
}

} // namespace

void cancel_if_under_way(state::Operations& operations, const Operation& operation,
                         const auth::Principal& who) {
    try {
        operations.cancel(operation.id, who.name);
    } catch (const Error& failure) {
        if (failure.fault() != Fault::conflict && failure.fault() != Fault::not_found) throw;
    }
}

http::Response make_all(const Call& call, const occi::Kind& kind, const std::vector<Wanted>& all,
                        const MakeOne& make) {
    const auto batch = std::make_shared<Batch>(Batch{call, kind});
    try {
        for (const auto& wanted : all) batch->made.push_back(make(wanted));
    } catch (const Error& failure) {
        return unmake(batch, failure);
    }
    if (call.asynchronous) return followed(*batch);
    return comes_later(*batch) ? when_all_are_there(batch, 0) : listed(*batch, 201);
}

} // namespace api
