// What lies in the pool and is no volume, as JSON; adopted as a storage, or removed.
#include "agent/api/api.hh"
#include "agent/api/query.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <nlohmann/json.hpp>

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

} // namespace

http::Response Api::list_orphans(const Call& call) {
    Json shown = {{"orphans", Json::array()}};
    for (const auto& orphan : services_.storages.orphans(call.who))
        shown["orphans"].push_back(to_json(orphan, call.base));
    return {200, {}, "application/json", dump(shown)};
}

http::Response Api::show_orphan(const Call& call) {
    for (const auto& orphan : services_.storages.orphans(call.who))
        if (orphan.id == call.id) return {200, {}, "application/json", dump(to_json(orphan, call.base))};
    throw Error(Fault::not_found, "there is no orphan " + text::printable(call.id));
}

// The storage is there at once, and has its bytes when the operation has ended.
http::Response Api::adopt_orphan(const Call& call) {
    const auto action = word_in(call.request.query, "action");
    if (action != "adopt") throw Error(Fault::invalid, "an orphan has one action: ?action=adopt");
    const auto made = services_.storages.adopt(call.id, {call.who, call.key});
    const auto operation = call.base + "/-/operations/" + made.operation.id;
    return {202,
            {{"Location", operation}},
            "application/json",
            dump({{"storage", call.base + "/storage/" + made.id}, {"operation", operation}})};
}

http::Response Api::remove_orphan(const Call& call) {
    services_.storages.discard(call.id, {call.who});
    return {204, {}, "", ""};
}

} // namespace api
