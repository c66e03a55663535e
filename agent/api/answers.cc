#include "agent/api/answers.hh"

#include "agent/api/clients.hh"
#include "agent/api/occi_answers.hh"
#include "agent/api/opennebula.hh"
#include "agent/api/waiting.hh"
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/render/occi_writer.hh"

namespace api {
namespace {

// Libcloud's driver for release 1.4 takes nothing but 200 for a destroyed node. Clients of OCCI want it, too, and
// something to read.
http::Response gone(const Call& call) {
    if (speaks_occi(call)) return done(call);
    return {has_need(call.request, Need::opennebula_14) ? 200 : 204, {}, "", ""};
}

// Clients of OCCI take from it where it is, and read it there.
http::Response location(const Call& call, const std::string& url) {
    const auto written = render::write(call.media->rendering, render::Listing{{url}, {}});
    return {201, written->headers, std::string(call.media->content_type), written->body};
}

} // namespace

bool speaks_occi(const Call& call) { return call.media && call.media->rendering != render::Rendering::xml; }

void require_done(const state::Operation& ended) {
    if (ended.stage != state::Stage::done) throw Error(ended.fault, ended.message);
}

http::Response accepted(const Call& call, const state::Operation& operation, http::Response answer) {
    return accepted_at(call, "/-/operations/" + operation.id, std::move(answer));
}

http::Response accepted_at(const Call& call, const std::string& path, http::Response answer) {
    answer.status = 202;
    std::erase_if(answer.headers, [](const auto& header) { return header.first == "Location"; });
    answer.headers.emplace_back("Location", call.base + path);
    if (call.asynchronous) answer.headers.emplace_back("Preference-Applied", "respond-async");
    return answer;
}

http::Response when_done(const Call& call, const state::Operation& operation,
                         std::chrono::milliseconds patience, std::function<http::Response()> done,
                         std::function<http::Response()> meanwhile) {
    if (call.asynchronous) return accepted(call, operation, meanwhile());
    return when_ended(
        call.services.operations, operation.id, patience,
        [call, operation, done = std::move(done), meanwhile = std::move(meanwhile)](const auto& ended) {
            if (!ended) return accepted(call, operation, meanwhile());
            require_done(*ended);
            return done();
        });
}

http::Response unless_deleted(const std::function<http::Response()>& answer) {
    try {
        return answer();
    } catch (const Error& failure) {
        if (failure.fault() != Fault::not_found) throw;
        return {202, {}, "", ""};
    }
}

http::Response created(const Call& call, const render::AnyEntity& entity) {
    const auto url = call.base + render::path_of(render::entity_in(entity));
    auto answer = !speaks_occi(call) ? opennebula_answer(call, std::get<occi::Resource>(entity))
                  : call.media->rendering == render::Rendering::json ? rendered(call, entity)
                                                                     : location(call, url);
    answer.status = 201;
    answer.headers.emplace_back("Location", url);
    return answer;
}

http::Response removed(const Call& call, const state::Operation& operation, http::Response last,
                       std::chrono::milliseconds patience) {
    return when_done(
        call, operation, patience, [call] { return gone(call); }, [last = std::move(last)] { return last; });
}

http::Response leaving(const Call& call, occi::Resource last) {
    last.attributes[occi::name::phase] = "deleting";
    return speaks_occi(call) ? rendered(call, last) : opennebula_answer(call, last);
}

} // namespace api
