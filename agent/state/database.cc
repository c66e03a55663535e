#include "agent/state/database.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace state {
namespace {

constexpr off_t reserve_bytes = 4 << 20;
// SQLite's log is written into the file proper, and begun anew, when it has so many pages: as usual, and while there is nothing but
// the reserve to live on, which the usual log alone would fill.
constexpr int usual_log_pages = 1000, short_log_pages = 100;

// What brings the file from version N to N + 1. Never change one that was released: add another.
constexpr std::array migrations{
    R"(CREATE TABLE compute (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, message TEXT NOT NULL, note TEXT NOT NULL) STRICT;
       CREATE TABLE storage (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, message TEXT NOT NULL, owner TEXT NOT NULL,
                             title TEXT NOT NULL, url TEXT NOT NULL, bytes INTEGER NOT NULL) STRICT;
       CREATE TABLE network (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, owner TEXT NOT NULL, title TEXT NOT NULL,
                             size TEXT NOT NULL) STRICT;)",
    R"(CREATE TABLE operation (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
                               subject TEXT NOT NULL, target TEXT NOT NULL, owner TEXT NOT NULL, plan TEXT NOT NULL,
                               key TEXT NOT NULL, stage INTEGER NOT NULL, step INTEGER NOT NULL, steps INTEGER NOT NULL,
                               step_name TEXT NOT NULL, percent INTEGER NOT NULL, message TEXT NOT NULL,
                               fault INTEGER NOT NULL, planned INTEGER NOT NULL, started INTEGER NOT NULL,
                               ended INTEGER NOT NULL) STRICT;
       CREATE INDEX operation_by_stage ON operation (stage);
       CREATE INDEX operation_by_key ON operation (key) WHERE key <> '';
       CREATE TABLE event (number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, subject TEXT NOT NULL,
                           id TEXT NOT NULL, owner TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
       CREATE TABLE sighting (id TEXT PRIMARY KEY, owner TEXT NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL,
                              since INTEGER NOT NULL) STRICT;
       CREATE TABLE answer (key TEXT PRIMARY KEY, digest TEXT NOT NULL, final INTEGER NOT NULL, status INTEGER NOT NULL,
                            headers TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL) STRICT;)",
    R"(ALTER TABLE storage ADD COLUMN offline INTEGER NOT NULL DEFAULT 0;
       ALTER TABLE storage ADD COLUMN summary TEXT NOT NULL DEFAULT '';
       ALTER TABLE storage ADD COLUMN os_term TEXT NOT NULL DEFAULT '';
       UPDATE storage SET os_term = 'image-' || substr(id, 1, 8) WHERE url <> '';
       ALTER TABLE network ADD COLUMN down INTEGER NOT NULL DEFAULT 0;
       ALTER TABLE network ADD COLUMN summary TEXT NOT NULL DEFAULT '';
       CREATE TABLE mixin (id TEXT PRIMARY KEY, scheme TEXT NOT NULL, term TEXT NOT NULL, title TEXT NOT NULL,
                           owner TEXT NOT NULL, location TEXT NOT NULL, members TEXT NOT NULL) STRICT;)",
};

bool is_disk_full(sqlite3* database) {
    const int code = sqlite3_errcode(database);
    return code == SQLITE_FULL || ((code & 0xff) == SQLITE_IOERR && sqlite3_system_errno(database) == ENOSPC);
}

void execute(sqlite3* database, const char* sql, const std::string& doing) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw_failure(database, doing);
}

Descriptor open_file(const std::filesystem::path& path) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) throw Error(Fault::unavailable, "cannot write " + path.string() + ": " + std::strerror(errno));
    return file;
}

Descriptor lock_directory(const std::filesystem::path& directory) {
    std::error_code failure;
    std::filesystem::create_directories(directory, failure);
    if (failure)
        throw Error(Fault::unavailable,
                    "cannot make the state directory " + directory.string() + ": " + failure.message());
    ::chmod(directory.c_str(), 0711);
    auto lock = open_file(directory / "lock");
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        throw Error(Fault::unavailable, "another agent uses the state directory " + directory.string());
    return lock;
}

} // namespace

void throw_failure(sqlite3* database, const std::string& doing) {
    throw Error(Fault::unavailable,
                "the agent's own store: " + doing + ": " +
                    (is_disk_full(database) ? "no space left on its disk" : sqlite3_errmsg(database)));
}

void Database::Closer::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

Database::Database(const std::filesystem::path& directory)
    : directory_(directory), path_(directory / "occi-agent.sqlite"), lock_(lock_directory(directory)),
      reserve_(open_file(directory / "reserve")) {
    release_reserve(); // opening may need it: on a full disk, too, there must be an agent
    // SQLite makes its files with the umask's mode; the database must not be readable by others from its first byte on.
    open_file(path_);
    sqlite3* raw = nullptr;
    const int result =
        sqlite3_open_v2(path_.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
    database_.reset(raw);
    if (result != SQLITE_OK) throw_failure(raw, "open " + path_.string());
    sqlite3_busy_timeout(raw, 5000);
    execute(raw, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", "open " + path_.string());
    try_to_reserve();
    if (!reserved_) tell_full();
    migrate();
}

Database::~Database() = default;

void Database::migrate() {
    constexpr auto newest = static_cast<std::int64_t>(migrations.size());
    Statement ask(database_.get(), "PRAGMA user_version");
    ask.next();
    for (auto version = ask.integer(); version != newest; ++version) {
        if (version > newest)
            throw Error(Fault::unavailable, "the agent's own store has version " + std::to_string(version) +
                                                ", this agent knows " + std::to_string(newest) +
                                                ": use a newer agent");
        const auto change = std::string("BEGIN IMMEDIATE;") +
                            migrations.at(static_cast<std::size_t>(version)) +
                            "PRAGMA user_version=" + std::to_string(version + 1) + "; COMMIT;";
        execute(database_.get(), change.c_str(), "make the tables");
    }
}

// False when the disk is full; nothing has changed then.
bool Database::attempt(const std::function<void(sqlite3*)>& work) {
    auto* database = database_.get();
    try {
        execute(database, "BEGIN IMMEDIATE", "begin");
        work(database);
        execute(database, "COMMIT", "commit");
        return true;
    } catch (...) {
        const bool full = is_disk_full(database);
        if (sqlite3_get_autocommit(database) == 0)
            sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr);
        if (!full) throw;
        return false;
    }
}

void Database::write(Sync sync, const std::function<void(sqlite3*)>& work) {
    std::lock_guard hold(turn_);
    if (std::exchange(sync_, sync) != sync)
        execute(database_.get(), sync == Sync::now ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
                "set sync");
    if (attempt(work)) return;
    give_up_reserve();
    if (attempt(work)) return;
    throw Error(Fault::unavailable, "no space left in the state directory " + directory_.string());
}

void Database::read(const std::function<void(sqlite3*)>& work) {
    std::lock_guard hold(turn_);
    work(database_.get());
}

// ---- the reserve ---------------------------------------------------------------------------------------------------

void Database::release_reserve() {
    if (::ftruncate(reserve_.get(), 0) != 0)
        logging::warning("cannot give up the reserve in {}: {}", directory_.string(), std::strerror(errno));
}

void Database::give_up_reserve() {
    if (!std::exchange(reserved_, false)) return;
    tell_full();
    release_reserve();
}

void Database::tell_full() {
    logging::error("no space left in the state directory {}: nothing new is begun until there is",
                   directory_.string());
    sqlite3_wal_autocheckpoint(database_.get(), short_log_pages);
}

void Database::try_to_reserve() {
    reserved_ = ::posix_fallocate(reserve_.get(), 0, reserve_bytes) == 0;
    if (reserved_)
        sqlite3_wal_autocheckpoint(database_.get(), usual_log_pages);
    else
        release_reserve();
}

bool Database::has_room() {
    std::lock_guard hold(turn_);
    if (!reserved_) try_to_reserve();
    return reserved_;
}

} // namespace state
