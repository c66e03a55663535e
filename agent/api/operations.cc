// What is under way and what has ended, as JSON.
#include "agent/api/operations.hh"

#include "agent/api/handlers.hh"
#include "agent/api/query.hh"
#include "agent/base/clock.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/service/ownership.hh"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace api {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t usual_page = 100, longest_page = 1000;

Json to_json(const state::Operation& operation, const std::string& base) {
    Json shown = {
        {"id", operation.id},
        {"href", base + "/-/operations/" + operation.id},
        {"number", operation.number},
        {"kind", operation.kind},
        {"target",
         {{"kind", operation.subject},
          {"id", operation.target},
          {"href", base + "/" + operation.subject + "/" + operation.target}}},
        {"owner", operation.owner},
        {"state", to_text(operation.stage)},
        {"percentage", operation.percent},
        {"step", {{"number", operation.step}, {"of", operation.steps}, {"name", operation.step_name}}}};
    if (!operation.message.empty()) shown["message"] = operation.message;
    shown["planned"] = to_rfc3339(operation.planned);
    if (operation.started != state::Time{}) shown["started"] = to_rfc3339(operation.started);
    if (operation.ended != state::Time{}) shown["ended"] = to_rfc3339(operation.ended);
    return shown;
}

// What came from outside may not be UTF-8 to the last byte.
std::string dump(const Json& document) {
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json listed(const std::vector<state::Operation>& operations, const std::string& base) {
    Json shown = {{"operations", Json::array()}};
    for (const auto& operation : operations) shown["operations"].push_back(to_json(operation, base));
    return shown;
}

state::Operation find(state::Operations& operations, const Call& call) {
    auto found = operations.find(call.id);
    if (!found || !call.who.may_see(state::whose(*found)))
        throw Error(Fault::not_found, "there is no operation " + text::printable(call.id));
    return *found;
}

} // namespace

http::Response operations_document(const Call& call, const std::vector<state::Operation>& operations) {
    return {200, {}, std::string(call.media->content_type), dump(listed(operations, call.base))};
}

std::string page_of_operations(const std::vector<state::Operation>& operations) {
    const auto [first, last] = std::ranges::minmax(operations, {}, &state::Operation::number);
    const auto count = std::min(last.number - first.number + 1, longest_page);
    return "/-/operations?before=" + std::to_string(last.number + 1) + "&limit=" + std::to_string(count);
}

http::Response list_operations(const Call& call) {
    const auto& query = call.request.query;
    const auto before = number_in(query, "before").value_or(INT64_MAX);
    const auto limit = number_in(query, "limit", {1, longest_page}).value_or(usual_page);
    // One more tells whether there is a next page.
    auto page = call.services.journal.page(before, limit + 1, call.who.reach());
    const bool has_more = page.size() > limit;
    if (has_more) page.pop_back();
    auto shown = listed(page, call.base);
    if (has_more)
        shown["next"] = call.base + "/-/operations?before=" + std::to_string(page.back().number) +
                        "&limit=" + std::to_string(limit);
    return {200, {}, "application/json", dump(shown)};
}

http::Response show_operation(const Call& call) {
    return {200, {}, "application/json", dump(to_json(find(call.services.operations, call), call.base))};
}

http::Response cancel_operation(const Call& call) {
    const auto found = find(call.services.operations, call); // not_found
    service::require_change(call.who, state::whose(found), "operation", found.id);
    call.services.operations.cancel(call.id, call.who.name);
    return {202,
            {{"Location", call.base + "/-/operations/" + call.id}},
            "application/json",
            dump(to_json(find(call.services.operations, call), call.base))};
}

} // namespace api
