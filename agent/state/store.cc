#include "agent/state/store.hh"

#include "agent/base/error.hh"
#include "agent/base/xml.hh"
#include "drivers/note.hh"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <utility>

namespace state {
namespace {

constexpr int version = 1;
constexpr auto schema = R"(
    CREATE TABLE compute (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, message TEXT NOT NULL, note TEXT NOT NULL) STRICT;
    CREATE TABLE storage (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, message TEXT NOT NULL, owner TEXT NOT NULL,
                          title TEXT NOT NULL, url TEXT NOT NULL, bytes INTEGER NOT NULL) STRICT;
    CREATE TABLE network (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, owner TEXT NOT NULL, title TEXT NOT NULL,
                          size TEXT NOT NULL) STRICT;
)";

[[noreturn]] void fail(sqlite3* database, const std::string& doing) {
    throw Error(Fault::unavailable, "the agent's own store: " + doing + ": " + sqlite3_errmsg(database));
}

void execute(sqlite3* database, const char* sql, const std::string& doing) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(database, doing);
}

Descriptor lock_directory(const std::filesystem::path& directory) {
    std::error_code failure;
    std::filesystem::create_directories(directory, failure);
    if (failure)
        throw Error(Fault::unavailable,
                    "cannot make the state directory " + directory.string() + ": " + failure.message());
    ::chmod(directory.c_str(), 0711);
    const auto path = directory / "lock";
    Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock)
        throw Error(Fault::unavailable, "cannot write to the state directory " + directory.string() + ": " +
                                            std::strerror(errno));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        throw Error(Fault::unavailable, "another agent uses the state directory " + directory.string());
    return lock;
}

Phase to_phase(std::int64_t number) {
    if (number < 0 || number > static_cast<int>(Phase::leaving))
        throw Error(Fault::unavailable,
                    "the agent's own store: phase " + std::to_string(number) + " is unknown");
    return static_cast<Phase>(number);
}

} // namespace

// One prepared statement, bound from left to right and read from left to right.
class Store::Statement {
public:
    Statement(sqlite3* database, const char* sql) : database_(database) {
        sqlite3_stmt* raw = nullptr;
        if (sqlite3_prepare_v2(database, sql, -1, &raw, nullptr) != SQLITE_OK) fail(database, "prepare");
        statement_.reset(raw);
    }
    Statement& bind(const std::string& value) {
        sqlite3_bind_text(statement_.get(), ++bound_, value.data(), static_cast<int>(value.size()),
                          SQLITE_TRANSIENT);
        return *this;
    }
    Statement& bind(std::int64_t value) {
        sqlite3_bind_int64(statement_.get(), ++bound_, value);
        return *this;
    }
    Statement& bind(Phase phase) { return bind(static_cast<std::int64_t>(phase)); }
    bool next() {
        read_ = 0;
        switch (sqlite3_step(statement_.get())) {
        case SQLITE_ROW: return true;
        case SQLITE_DONE: return false;
        default: fail(database_, "write or read");
        }
    }
    std::string text() {
        const auto* value = sqlite3_column_text(statement_.get(), read_);
        const auto length = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), read_++));
        return value ? std::string(reinterpret_cast<const char*>(value), length) : std::string();
    }
    std::int64_t integer() { return sqlite3_column_int64(statement_.get(), read_++); }

private:
    sqlite3* database_;
    Handle<sqlite3_stmt, sqlite3_finalize> statement_;
    int bound_ = 0, read_ = 0;
};

void Store::Closer::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

Store::Store(const std::filesystem::path& directory) : lock_(lock_directory(directory)) {
    const auto path = directory / "occi-agent.sqlite";
    // SQLite makes its files with the umask's mode; the database must not be readable by others from its first byte on.
    Descriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!made) throw Error(Fault::unavailable, "cannot write " + path.string() + ": " + std::strerror(errno));
    made.reset();

    sqlite3* raw = nullptr;
    const int result =
        sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
    database_.reset(raw);
    if (result != SQLITE_OK) fail(raw, "open " + path.string());
    sqlite3_busy_timeout(raw, 5000);
    execute(raw, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", "open " + path.string());
    migrate();
}

Store::~Store() = default;

void Store::migrate() {
    Statement ask(database_.get(), "PRAGMA user_version");
    ask.next();
    const auto found = ask.integer();
    if (found > version)
        throw Error(Fault::unavailable, "the agent's own store has version " + std::to_string(found) +
                                            ", this agent knows " + std::to_string(version) +
                                            ": use a newer agent");
    if (found == version) return;
    const auto change = std::string("BEGIN IMMEDIATE;") + schema +
                        "PRAGMA user_version=" + std::to_string(version) + "; COMMIT;";
    execute(database_.get(), change.c_str(), "make the tables");
}

std::vector<ComputeRecord> Store::computes() {
    std::vector<ComputeRecord> all;
    for (Statement rows(database_.get(), "SELECT id, phase, message, note FROM compute"); rows.next();) {
        ComputeRecord record;
        record.id = rows.text();
        record.phase = to_phase(rows.integer());
        record.message = rows.text();
        record.spec = hv::from_note(xml::parse(rows.text()));
        all.push_back(std::move(record));
    }
    return all;
}

std::vector<StorageRecord> Store::storages() {
    std::vector<StorageRecord> all;
    for (Statement rows(database_.get(), "SELECT id, phase, message, owner, title, url, bytes FROM storage");
         rows.next();) {
        StorageRecord record;
        record.id = rows.text();
        record.phase = to_phase(rows.integer());
        record.message = rows.text();
        record.owner = rows.text();
        record.title = rows.text();
        record.url = rows.text();
        record.bytes = static_cast<std::uint64_t>(rows.integer());
        all.push_back(std::move(record));
    }
    return all;
}

std::vector<NetworkRecord> Store::networks() {
    std::vector<NetworkRecord> all;
    for (Statement rows(database_.get(), "SELECT id, phase, owner, title, size FROM network"); rows.next();) {
        NetworkRecord record;
        record.id = rows.text();
        record.phase = to_phase(rows.integer());
        record.owner = rows.text();
        record.title = rows.text();
        record.size = rows.text();
        all.push_back(std::move(record));
    }
    return all;
}

void Store::put(const ComputeRecord& record) {
    Statement(database_.get(),
              "INSERT OR REPLACE INTO compute (id, phase, message, note) VALUES (?, ?, ?, ?)")
        .bind(record.id)
        .bind(record.phase)
        .bind(record.message)
        .bind(hv::to_note(record.spec))
        .next();
}

void Store::put(const StorageRecord& record) {
    Statement(database_.get(),
              "INSERT OR REPLACE INTO storage (id, phase, message, owner, title, url, bytes) "
              "VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(record.id)
        .bind(record.phase)
        .bind(record.message)
        .bind(record.owner)
        .bind(record.title)
        .bind(record.url)
        .bind(static_cast<std::int64_t>(record.bytes))
        .next();
}

void Store::put(const NetworkRecord& record) {
    Statement(database_.get(),
              "INSERT OR REPLACE INTO network (id, phase, owner, title, size) VALUES (?, ?, ?, ?, ?)")
        .bind(record.id)
        .bind(record.phase)
        .bind(record.owner)
        .bind(record.title)
        .bind(record.size)
        .next();
}

void Store::drop(const char* sql, const Uuid& id) { Statement(database_.get(), sql).bind(id).next(); }
void Store::drop_compute(const Uuid& id) { drop("DELETE FROM compute WHERE id = ?", id); }
void Store::drop_storage(const Uuid& id) { drop("DELETE FROM storage WHERE id = ?", id); }
void Store::drop_network(const Uuid& id) { drop("DELETE FROM network WHERE id = ?", id); }

} // namespace state
