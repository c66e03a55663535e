#include "agent/state/journal.hh"

#include "agent/state/covered.hh"

#include <algorithm>
#include <array>

namespace state {
namespace {

constexpr auto kept_for = std::chrono::hours(7 * 24);
constexpr std::int64_t most_kept = 10'000;
constexpr std::uint64_t highest = INT64_MAX; // that SQLite takes

constexpr std::array<std::string_view, 6> stage_names{"waiting", "running", "undoing",
                                                      "done",    "failed",  "cancelled"};

std::string select(std::string_view which) {
    return "SELECT number, id, kind, subject, target, owner, of_group, plan, key, stage, step, steps, "
           "step_name, "
           "percent, message, "
           "fault, planned, started, ended FROM operation " +
           std::string(which);
}

Stage to_stage(std::int64_t number) {
    // One that is broken must not hide the others.
    if (number < 0 || number >= static_cast<std::int64_t>(stage_names.size())) return Stage::failed;
    return static_cast<Stage>(number);
}

Operation read(Statement& row) {
    Operation operation;
    operation.number = row.natural();
    operation.id = row.text();
    operation.kind = row.text();
    operation.subject = row.text();
    operation.target = row.text();
    operation.owner = row.text();
    operation.group = row.text();
    operation.plan = row.text();
    operation.key = row.text();
    operation.stage = to_stage(row.integer());
    operation.step = static_cast<unsigned>(row.integer());
    operation.steps = static_cast<unsigned>(row.integer());
    operation.step_name = row.text();
    operation.percent = static_cast<unsigned>(row.integer());
    operation.message = row.text();
    operation.fault = static_cast<Fault>(row.integer());
    operation.planned = row.time();
    operation.started = row.time();
    operation.ended = row.time();
    return operation;
}

std::vector<Operation> read_all(Statement& rows) {
    std::vector<Operation> all;
    while (rows.next()) all.push_back(read(rows));
    return all;
}

} // namespace

std::string_view to_text(Stage stage) noexcept { return stage_names[static_cast<std::size_t>(stage)]; }

std::uint64_t Journal::last_number() {
    std::uint64_t last = 0;
    database_.read([&](sqlite3* database) {
        Statement ask(database, "SELECT seq FROM sqlite_sequence WHERE name = 'operation'");
        if (ask.next()) last = ask.natural();
    });
    return last;
}

void Journal::plan(const Operation& operation, Database::Sync sync, Room room) {
    database_.check_writable();
    if (room == Room::usual && !database_.has_room())
        throw Error(Fault::unavailable,
                    "no space left in the agent's state directory: nothing new is begun until there is");
    database_.write(sync, [&](sqlite3* database) {
        Statement(database, "INSERT INTO operation (number, id, kind, subject, target, owner, of_group, "
                            "plan, key, stage, step, "
                            "steps, step_name, percent, message, fault, planned, started, ended) "
                            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(operation.number)
            .bind(operation.id)
            .bind(operation.kind)
            .bind(operation.subject)
            .bind(operation.target)
            .bind(operation.owner)
            .bind(operation.group)
            .bind(operation.plan)
            .bind(operation.key)
            .bind(static_cast<int>(operation.stage))
            .bind(operation.step)
            .bind(operation.steps)
            .bind(operation.step_name)
            .bind(operation.percent)
            .bind(operation.message)
            .bind(static_cast<int>(operation.fault))
            .bind(operation.planned)
            .bind(operation.started)
            .bind(operation.ended)
            .run();
    });
}

void Journal::plan_missing(const std::vector<Operation>& operations) {
    for (const auto& operation : operations)
        if (!find(operation.id)) plan(operation, Database::Sync::later, Room::kept_back);
}

void Journal::save(const Operation& operation, Database::Sync sync, bool keep_plan) {
    database_.write(sync, [&](sqlite3* database) {
        Statement(database, "UPDATE operation SET plan = iif(?, '', plan), stage = ?, step = ?, steps = ?, "
                            "step_name = ?, percent = ?, message = ?, "
                            "fault = ?, started = ?, ended = ? WHERE number = ?")
            .bind(has_ended(operation.stage) && !keep_plan ? 1 : 0)
            .bind(static_cast<int>(operation.stage))
            .bind(operation.step)
            .bind(operation.steps)
            .bind(operation.step_name)
            .bind(operation.percent)
            .bind(operation.message)
            .bind(static_cast<int>(operation.fault))
            .bind(operation.started)
            .bind(operation.ended)
            .bind(operation.number)
            .run();
    });
}

std::vector<Operation> Journal::unfinished() {
    std::vector<Operation> all;
    const auto look = [&](sqlite3* database) {
        Statement rows(database, select("WHERE stage IN (0, 1, 2) ORDER BY number").c_str());
        all = read_all(rows);
    };
    try {
        database_.read(look);
    } catch (const Error&) {
        database_.read(look); // when it was damaged, it has been begun anew
    }
    return all;
}

std::optional<Operation> Journal::find(const std::string& id) {
    std::optional<Operation> found;
    database_.read([&](sqlite3* database) {
        Statement row(database, select("WHERE id = ?").c_str());
        if (row.bind(id).next()) found = read(row);
    });
    return found;
}

std::optional<Operation> Journal::find_by_key(const std::string& key) {
    std::optional<Operation> found;
    database_.read([&](sqlite3* database) {
        Statement row(database, select("WHERE key = ? AND key <> '' ORDER BY number DESC LIMIT 1").c_str());
        if (row.bind(key).next()) found = read(row);
    });
    return found;
}

std::vector<Operation> Journal::page(std::uint64_t before, std::size_t most, const Reach& reach) {
    std::vector<Operation> all;
    database_.read([&](sqlite3* database) {
        const auto which = "WHERE number < ? AND " + covered("'private'") + " ORDER BY number DESC LIMIT ?";
        Statement rows(database, select(which).c_str());
        bind(rows.bind(std::min(before, highest)), reach).bind(std::uint64_t{most});
        all = read_all(rows);
    });
    return all;
}

void Journal::prune(Time now) {
    database_.write(Database::Sync::later, [&](sqlite3* database) {
        Statement(database, "DELETE FROM operation WHERE stage > 2 AND (ended < ? OR number <= "
                            "(SELECT max(number) FROM operation) - ?)")
            .bind(now - kept_for)
            .bind(most_kept)
            .run();
    });
}

} // namespace state
