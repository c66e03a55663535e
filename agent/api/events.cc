// The journal of what happened: as lines of JSON, page by page, and as Server-Sent Events.
#include "agent/api/handlers.hh"
#include "agent/api/query.hh"
#include "agent/base/clock.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/http/bell.hh"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace api {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::seconds;

constexpr std::uint64_t longest_wait = 60, usual_page = 1000, longest_page = 1000;
constexpr std::size_t page_of_stream = 200;
constexpr auto between_signs_of_life = seconds(15);
constexpr auto jsonl = "application/x-ndjson";

std::string to_json(const state::Event& event, const std::string& base) {
    Json shown = {{"number", event.number}, {"at", to_rfc3339(event.at)}, {"subject", event.subject}};
    if (!event.id.empty()) {
        shown["id"] = event.id;
        shown["href"] =
            base + (event.subject == "operation" ? "/-/operations/" : "/" + event.subject + "/") + event.id;
    }
    shown["what"] = event.what;
    if (!event.detail.empty()) shown["detail"] = event.detail;
    return shown.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Rings when there is an event after `since`, for as long as this lives.
class Watch {
public:
    Watch(state::EventLog& log, std::uint64_t since)
        : log_(log), call_(log.call_once(since, [bell = bell_] { bell->ring(); })) {}
    ~Watch() { log_.forget(call_); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    const std::shared_ptr<http::Bell>& bell() const noexcept { return bell_; }

private:
    std::shared_ptr<http::Bell> bell_ = std::make_shared<http::Bell>();
    state::EventLog& log_;
    std::uint64_t call_;
};

// A reader of events: what it may see, and how far it is.
struct Reader {
    state::EventLog* log;
    auth::Principal who;
    std::string base;
    std::uint64_t since = 0;
    std::uint64_t limit = usual_page;
    bool from_start = false;                       // named no number: begins with the oldest that is kept
    std::chrono::steady_clock::time_point spoke{}; // of a stream: when it last sent something
    // Of a stream: its end. What somebody has proven may not hold any more; who takes it up again proves it anew.
    std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();

    state::EventLog::Page read() const {
        auto page = log->after(since, limit, who.reach());
        page.missed = page.missed && !from_start;
        return page;
    }
};

http::Response missed(const state::EventLog::Page& page) {
    const Json body = {{"message",
                        "events after that number are no longer kept: go on from \"first\" and read the "
                        "entities anew"},
                       {"first", page.first}};
    return {410, {}, "application/json", body.dump()};
}

http::Response lines(const Reader& reader, const state::EventLog::Page& page) {
    http::Response answer{200, {{"X-Last-Event", std::to_string(page.last)}}, jsonl, ""};
    for (const auto& event : page.events) answer.body += to_json(event, reader.base) + "\n";
    return answer;
}

http::Response poll(Reader reader, std::chrono::steady_clock::time_point until) {
    const auto page = reader.read();
    if (page.missed) return missed(page);
    const auto left = until - std::chrono::steady_clock::now();
    if (!page.events.empty() || left <= seconds(0)) return lines(reader, page);
    // Others' events may have come: wait for one after them.
    reader.since = page.last;
    reader.from_start = false;
    const auto watch = std::make_shared<Watch>(*reader.log, reader.since);
    http::Response later;
    later.later = std::make_shared<http::Later>();
    later.later->bell = watch->bell();
    later.later->patience = std::chrono::ceil<std::chrono::milliseconds>(left);
    later.later->go_on = [reader, until, watch] { return poll(reader, until); };
    return later;
}

// The next piece of a stream: what has come, or a sign of life when nothing has for too long.
http::Response stream(Reader reader) {
    const auto now = std::chrono::steady_clock::now();
    const auto page = reader.read();
    http::Response piece{200, {}, "text/event-stream", ""};
    if (page.missed) {
        piece.body = "event: gap\ndata: " + Json{{"first", page.first}}.dump() + "\n\n";
        return piece; // and the end
    }
    for (const auto& event : page.events) {
        auto word = event.what;
        std::ranges::replace(word, ' ', '-');
        piece.body += "id: " + std::to_string(event.number) + "\nevent: " + word +
                      "\ndata: " + to_json(event, reader.base) + "\n\n";
    }
    if (piece.body.empty() && now - reader.spoke >= between_signs_of_life) piece.body = ":\n\n";
    if (!piece.body.empty()) reader.spoke = now;
    reader.since = page.last;
    reader.from_start = false;
    if (now >= reader.until) return piece;
    const auto watch = std::make_shared<Watch>(*reader.log, reader.since);
    piece.later = std::make_shared<http::Later>();
    piece.later->piecewise = true;
    piece.later->bell = watch->bell();
    piece.later->patience = std::chrono::ceil<std::chrono::milliseconds>(
        std::min(reader.spoke + between_signs_of_life, reader.until) - now);
    piece.later->go_on = [reader, watch] { return stream(reader); };
    return piece;
}

bool wants_stream(const http::Head& head) {
    return head.header("Accept").value_or("").find("text/event-stream") != std::string_view::npos;
}

} // namespace

http::Response list_events(const Call& call) {
    const auto& query = call.request.query;
    Reader reader{&call.services.events, call.who, call.base};
    auto since = number_in(query, "since");
    const auto wait = number_in(query, "wait", {0, longest_wait}).value_or(0);
    reader.limit = number_in(query, "limit", {1, longest_page}).value_or(usual_page);
    const bool streams = wants_stream(call.request);
    if (const auto resumed = call.request.header("Last-Event-ID"); streams && resumed) {
        since = text::to_number(text::trim(*resumed), INT64_MAX);
        if (!since) throw Error(Fault::invalid, "Last-Event-ID is no number of an event");
    }
    const auto last = call.services.events.last();
    if (since && *since > last)
        throw Error(Fault::invalid, "there is no event " + std::to_string(*since) + " yet: the last one is " +
                                        std::to_string(last));
    reader.from_start = !since && !streams;
    reader.since = since.value_or(streams ? last : 0);
    if (!streams) return poll(reader, std::chrono::steady_clock::now() + seconds(wait));
    reader.limit = page_of_stream;
    if (call.who.proof != auth::Proof::local)
        reader.until = std::chrono::steady_clock::now() + call.services.context.settings.proof_time;
    return stream(reader);
}

} // namespace api
