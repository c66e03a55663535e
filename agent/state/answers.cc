#include "agent/state/answers.hh"

#include "agent/base/error.hh"

#include <algorithm>
#include <optional>

namespace state {
namespace {

constexpr auto kept_for = std::chrono::hours(24);
constexpr std::int64_t most_kept = 10'000;

struct Row {
    std::string digest;
    bool final = false;
    Answer answer;
};

std::optional<Row> find(sqlite3* database, const std::string& key) {
    Statement ask(database, "SELECT digest, final, status, headers, type, body FROM answer WHERE key = ?");
    if (!ask.bind(key).next()) return std::nullopt;
    Row row;
    row.digest = ask.text();
    row.final = ask.integer() != 0;
    row.answer.status = static_cast<int>(ask.integer());
    row.answer.headers = ask.text();
    row.answer.type = ask.text();
    row.answer.body = ask.text();
    return row;
}

void prune(sqlite3* database, Time now) {
    Statement(
        database,
        "DELETE FROM answer WHERE final = 1 AND (at < ? OR rowid <= (SELECT max(rowid) FROM answer) - ?)")
        .bind(now - kept_for)
        .bind(most_kept)
        .run();
}

} // namespace

Answers::Claimed Answers::claim(const std::string& key, const std::string& digest, Earlier earlier) {
    const bool mine = held_.with([&](Held& held) { return held.keys.insert(key).second; });
    Claimed result{mine ? Claim::taken : Claim::pending, {}};
    try {
        const auto judge = [&](const std::optional<Row>& row) {
            if (row && row->digest != digest)
                result.claim = Claim::different;
            else if (row && row->final)
                result = {Claim::finished, row->answer};
            else if (row && mine)
                result.claim = Claim::orphaned;
        };
        if (!mine) {
            database_.read([&](sqlite3* database) { judge(find(database, key)); });
            return result;
        }
        database_.write(Database::Sync::later, [&](sqlite3* database) {
            auto row = find(database, key);
            if (row && earlier == Earlier::is_forgotten) {
                Statement(database, "DELETE FROM answer WHERE key = ?").bind(key).run();
                row.reset();
            }
            judge(row);
            if (row) return;
            const auto now = std::chrono::system_clock::now();
            prune(database, now);
            Statement(database, "INSERT INTO answer (key, digest, final, status, headers, type, body, at) "
                                "VALUES (?, ?, 0, 0, '', '', '', ?)")
                .bind(key)
                .bind(digest)
                .bind(now)
                .run();
        });
    } catch (...) {
        if (mine) let_go(key);
        throw;
    }
    if (mine && (result.claim == Claim::finished || result.claim == Claim::different)) let_go(key);
    return result;
}

void Answers::finish(const std::string& key, const Answer& answer) {
    try {
        database_.write(Database::Sync::now, [&](sqlite3* database) {
            Statement(
                database,
                "UPDATE answer SET final = 1, status = ?, headers = ?, type = ?, body = ? WHERE key = ?")
                .bind(answer.status)
                .bind(answer.headers)
                .bind(answer.type)
                .bind(answer.body)
                .bind(key)
                .run();
        });
    } catch (...) {
        let_go(key); // and it stays orphaned: the next one looks into the journal
        throw;
    }
    let_go(key);
}

void Answers::release(const std::string& key) {
    try {
        database_.write(Database::Sync::later, [&](sqlite3* database) {
            Statement(database, "DELETE FROM answer WHERE key = ?").bind(key).run();
        });
    } catch (...) {
        let_go(key);
        throw;
    }
    let_go(key);
}

void Answers::let_go(const std::string& key) {
    std::vector<std::function<void()>> called;
    held_.with([&](Held& held) {
        held.keys.erase(key);
        std::erase_if(held.calls, [&](auto& each) {
            if (each.second.key != key) return false;
            called.push_back(std::move(each.second.free));
            return true;
        });
    });
    for (const auto& call : called) call();
}

std::uint64_t Answers::call_once(const std::string& key, std::function<void()> free) {
    bool at_once = false;
    const auto number = held_.with([&](Held& held) {
        at_once = !held.keys.contains(key);
        if (!at_once) held.calls[held.last_call + 1] = {key, free};
        return ++held.last_call;
    });
    if (at_once) free();
    return number;
}

void Answers::forget(std::uint64_t call) {
    held_.with([&](Held& held) { held.calls.erase(call); });
}

} // namespace state
