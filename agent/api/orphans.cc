// What lies in the pool and is no volume, as JSON; adopted as a storage, or removed.
#include "agent/api/documents.hh"
#include "agent/api/handlers.hh"
#include "agent/api/negotiation.hh"
#include "agent/api/query.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/invocation.hh"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace api {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const service::Orphan& orphan, const std::string& base) {
    return {{"id", orphan.id},
            {"href", base + "/-/orphans/" + orphan.id},
            {"name", orphan.name},
            {"size", orphan.bytes},
            {"allocated", orphan.allocated},
            {"format", orphan.format},
            {"reason", orphan.reason}};
}

// Names of files need not be UTF-8.
std::string dump(const Json& document) {
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// An orphan is no entity of OCCI, and what can be asked of it is asked in the same words.
const occi::Action& adoption() {
    static const occi::Action adopt = [] {
        occi::Action action;
        action.id = {"urn:occi-agent:orphan/action#", "adopt"};
        return action;
    }();
    return adopt;
}

// Whether its body is lines of fields, or would be if it had one.
bool is_text(const http::Request& request) {
    using enum render::Rendering;
    const auto* media = sent_media(request);
    if (!media) return !request.header("Content-Type");
    return media->rendering == text_plain || media->rendering == text_occi;
}

// The URL says all that there is to say. A client that says more must mean the same: nothing of it would be done.
void refuse_other_wishes(const http::Request& request) {
    auto fields = render::Fields();
    for (const auto& [name, value] : request.headers)
        if (text::same(name, "Category")) fields.push_back({name, value});
    if (is_text(request))
        for (auto& field : render::read_lines(request.body)) fields.push_back(std::move(field));
    else if (!text::trim(request.body).empty())
        invocation_in(request, adoption()); // JSON as a whole, and what is no document of OCCI
    const auto is_category = [](const auto& field) { return text::same(field.name, "Category"); };
    if (std::ranges::any_of(fields, is_category)) render::read_invocation(fields, adoption());
    for (const auto& field : fields)
        if (!is_category(field))
            throw Error(Fault::invalid,
                        "\"" + text::printable(field.name) + "\" means nothing to an adoption");
}

} // namespace

http::Response list_orphans(const Call& call) {
    Json shown = {{"orphans", Json::array()}};
    for (const auto& orphan : call.services.storages.orphans())
        shown["orphans"].push_back(to_json(orphan, call.base));
    return {200, {}, "application/json", dump(shown)};
}

http::Response show_orphan(const Call& call) {
    for (const auto& orphan : call.services.storages.orphans())
        if (orphan.id == call.id) return {200, {}, "application/json", dump(to_json(orphan, call.base))};
    throw Error(Fault::not_found, "there is no orphan " + text::printable(call.id));
}

// The storage is there at once, and has its bytes when the operation has ended.
http::Response adopt_orphan(const Call& call) {
    const auto action = word_in(call.request.query, "action");
    if (action != "adopt") throw Error(Fault::invalid, "an orphan has one action: ?action=adopt");
    refuse_other_wishes(call.request);
    const auto made = call.services.storages.adopt(call.id, {call.who, call.key});
    const auto operation = call.base + "/-/operations/" + made.operation.id;
    return {202,
            {{"Location", operation}},
            "application/json",
            dump({{"storage", call.base + "/storage/" + made.id}, {"operation", operation}})};
}

http::Response remove_orphan(const Call& call) {
    call.services.storages.discard(call.id, {call.who});
    return {204, {}, "", ""};
}

} // namespace api
