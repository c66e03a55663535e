#include "agent/state/event_log.hh"

#include "agent/base/log.hh"
#include "agent/state/covered.hh"

#include <utility>

namespace state {
namespace {

constexpr auto kept_for = std::chrono::hours(7 * 24);
constexpr std::int64_t most_kept = 100'000;
constexpr std::uint64_t between_prunings = 1000; // events

void prune(sqlite3* database, Time now) {
    Statement(database, "DELETE FROM event WHERE at < ? OR number <= (SELECT max(number) FROM event) - ?")
        .bind(now - kept_for)
        .bind(most_kept)
        .run();
}

std::uint64_t number_of(sqlite3* database, const char* question) {
    Statement ask(database, question);
    return ask.next() ? ask.natural() : 0;
}

} // namespace

EventLog::EventLog(Database& database) : database_(database) {
    database_.read([&](sqlite3* raw) {
        const auto last = number_of(raw, "SELECT seq FROM sqlite_sequence WHERE name = 'event'");
        waiting_.with([&](Waiting& waiting) { waiting.last_event = last; });
    });
}

void EventLog::record(std::vector<Event> events) {
    if (events.empty()) return;
    const auto now = std::chrono::system_clock::now();
    std::uint64_t last = 0;
    database_.write(Database::Sync::later, [&](sqlite3* database) {
        for (const auto& event : events)
            Statement(database, "INSERT INTO event (at, subject, id, owner, what, detail, of_group, share) "
                                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
                .bind(event.at == Time{} ? now : event.at)
                .bind(event.subject)
                .bind(event.id)
                .bind(event.owner)
                .bind(event.what)
                .bind(event.detail)
                .bind(event.group)
                .bind(to_text(event.share))
                .run();
        last = number_of(database, "SELECT last_insert_rowid()");
        if (last / between_prunings != (last - events.size()) / between_prunings) prune(database, now);
    });
    stir(last);
}

void EventLog::record_quietly(std::vector<Event> events) noexcept try {
    record(std::move(events));
} catch (const std::exception& failure) {
    logging::error("an event is lost: {}", failure.what());
}

void EventLog::stir(std::uint64_t last) {
    std::map<std::uint64_t, std::function<void()>> called;
    waiting_.with([&](Waiting& waiting) {
        waiting.last_event = std::max(waiting.last_event, last);
        called.swap(waiting.calls);
    });
    for (const auto& [number, call] : called) call();
}

EventLog::Page EventLog::after(std::uint64_t since, std::size_t most, const Reach& reach) {
    constexpr std::uint64_t highest = INT64_MAX;
    Page page;
    std::uint64_t ever = 0;
    page.last = std::min(since, highest);
    database_.read([&](sqlite3* database) {
        page.first = number_of(database, "SELECT coalesce(min(number), 0) FROM event");
        ever = number_of(database, "SELECT seq FROM sqlite_sequence WHERE name = 'event'");
        page.missed = page.first == 0 ? since < ever : page.last + 1 < page.first;
        const auto which = "SELECT number, at, subject, id, owner, what, detail, of_group, share FROM event "
                           "WHERE number > ? AND " +
                           covered("share") + " ORDER BY number LIMIT ?";
        Statement rows(database, which.c_str());
        bind(rows.bind(page.last), reach).bind(std::uint64_t{most});
        while (rows.next()) {
            Event event;
            event.number = rows.natural();
            event.at = rows.time();
            event.subject = rows.text();
            event.id = rows.text();
            event.owner = rows.text();
            event.what = rows.text();
            event.detail = rows.text();
            event.group = rows.text();
            event.share = share_or_none(rows.text());
            page.events.push_back(std::move(event));
        }
        // Others' events need not be looked through again.
        page.last = page.events.size() == most ? page.events.back().number : std::max(page.last, ever);
    });
    // What was written a moment ago may not have been told yet; a client that is shown it may ask for what follows
    // it.
    waiting_.with([&](Waiting& waiting) { waiting.last_event = std::max(waiting.last_event, ever); });
    return page;
}

std::uint64_t EventLog::last() const {
    return waiting_.with([](const Waiting& waiting) { return waiting.last_event; });
}

std::uint64_t EventLog::call_once(std::uint64_t since, std::function<void()> stirred) {
    bool at_once = false;
    const auto number = waiting_.with([&](Waiting& waiting) {
        at_once = waiting.last_event > since;
        if (!at_once) waiting.calls[waiting.last_call + 1] = stirred;
        return ++waiting.last_call;
    });
    if (at_once) stirred();
    return number;
}

void EventLog::forget(std::uint64_t call) {
    waiting_.with([&](Waiting& waiting) { waiting.calls.erase(call); });
}

} // namespace state
