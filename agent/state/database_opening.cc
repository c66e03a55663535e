// How the store is opened, whatever has become of its file; and how it is begun anew while the agent runs.
#include "agent/base/clock.hh"
#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/state/database.hh"
#include "agent/state/salvage.hh"
#include "agent/state/schema.hh"
#include "agent/state/wal_check.hh"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

namespace state {
namespace {

constexpr auto name = "occi-agent.sqlite";
constexpr auto patience = 5000; // ms
constexpr auto new_suffix = ".new";

// secure_delete: what is deleted is overwritten. temp_store: what it sorts goes to no file of its own, which others
// might be able to read. cell_size_check, trusted_schema: the file may be damaged, or another one.
constexpr auto settings = "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON; "
                          "PRAGMA trusted_schema=OFF; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                          "BEGIN IMMEDIATE; ROLLBACK;";

void execute(sqlite3* database, const std::string& sql, const std::string& doing) {
    if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw_failure(database, doing);
}

Connection connect(const std::string& path, int flags, const char* file_system = nullptr) {
    sqlite3* raw = nullptr;
    const int result = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_FULLMUTEX, file_system);
    Connection connection(raw);
    if (result != SQLITE_OK) throw_failure(raw, "open " + path);
    return connection;
}

// Changes nothing, and takes no lock: the lock on the directory is enough. In exclusive mode SQLite needs no "-shm", so
// that its log is read on a read-only disk, too.
Connection open_to_read(const std::string& path) {
    auto connection = connect(path, SQLITE_OPEN_READONLY, "unix-none");
    execute(connection.get(), "PRAGMA locking_mode=EXCLUSIVE; PRAGMA trusted_schema=OFF", "open " + path);
    return connection;
}

Connection in_memory() {
    auto connection = connect(":memory:", SQLITE_OPEN_READWRITE);
    migrate(connection.get());
    return connection;
}

// Whether what went wrong lies in the file, rather than in the disk or in another process that has it.
bool blames_the_file(sqlite3* database) {
    switch (sqlite3_errcode(database) & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
    case SQLITE_FORMAT:
    case SQLITE_READONLY: // the file itself could be opened for writing: its header says so
        return true;
    default: return false;
    }
}

// A client that has seen number N goes on from there, so that the numbers of what is begun anew must be higher than all
// before.
void number_on(sqlite3* database) {
    const auto now = std::to_string(
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count());
    for (const auto* table : {"event", "operation"})
        execute(database,
                std::string("INSERT INTO sqlite_sequence SELECT '") + table + "', " + now +
                    " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = '" + table + "')",
                "number on");
}

void sync_directory(const std::filesystem::path& path) {
    if (const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); directory)
        ::fsync(directory.get());
}

bool same_file(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

} // namespace

Database::Database(const std::filesystem::path& directory, DiskLock::Patience patience)
    : path_(directory / name), folder_(directory), turn_(patience) {
    try {
        if (!folder_.why_unwritable().empty()) throw Error(Fault::unavailable, folder_.why_unwritable());
        reserve_ = folder_.open("reserve");
        release_reserve(); // opening may need it: on a full disk, too, there must be an agent
        open_file();
    } catch (const Error& failure) {
        keep_in_memory(std::string(failure.what()) +
                       ": nothing can be changed until that is mended and the agent is restarted");
    }
    report();
}

void Database::take(Connection connection) {
    database_ = std::move(connection);
    sync_ = Sync::now;
    log_ = 0;
    smallest_ = 0;
}

void Database::open_file() {
    struct stat is {};
    const bool was_there = ::lstat(path_.c_str(), &is) == 0;
    if (was_there && S_ISREG(is.st_mode))
        check_log();
    else
        keep_log();
    file_ = folder_.open(name);
    sqlite3* raw = nullptr; // of the connection, for what went wrong
    Connection opened;
    std::string fault;
    try {
        opened = connect(path_.string(), SQLITE_OPEN_READWRITE);
        raw = opened.get();
        sqlite3_busy_timeout(raw, patience);
        execute(raw, "PRAGMA trusted_schema=OFF", "open " + path_.string());
        const auto origin = origin_of(raw);
        if (origin == Origin::newer) {
            sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); // it stays as it is
            return keep_in_memory("the agent's own store " + path_.string() +
                                  " was written by a newer agent: nothing can be changed by this one");
        }
        if (origin == Origin::empty) incomplete_ = true;
        if (origin == Origin::foreign) fault = "it is a database of something else";
        if (fault.empty()) {
            execute(raw, settings, "open " + path_.string());
            if (origin == Origin::ours) {
                migrate(raw);
                fault = fault_of(raw).value_or("");
            } else {
                migrate(raw);
            }
        }
    } catch (const Error& failure) {
        if (!raw || !blames_the_file(raw)) throw;
        fault = sqlite3_errmsg(raw);
    }
    if (fault.empty())
        take(std::move(opened));
    else
        begin_anew(fault, std::move(opened));
    wipe(); // a run that was killed may have left something in the log that it had deleted
    try_to_reserve();
    if (is_full_) tell_full();
}

// SQLite takes the beginning of a damaged log and overwrites the rest, so that is kept before it may.
void Database::check_log() {
    const auto log = std::string(name) + "-wal";
    for (const auto& follower : {log, std::string(name) + "-shm"})
        if (const auto file = folder_.open(follower, StateFolder::Missing::leave); file && follower == log)
            if (const auto fault = fault_of_wal(file.get())) {
                folder_.copy_aside(log, *fault);
                incomplete_ = true;
            }
}

// One whose database is gone: SQLite would remove it.
void Database::keep_log() {
    const auto log = std::string(name) + "-wal";
    struct stat is {};
    if (::lstat((folder_.path() / log).c_str(), &is) == 0 && is.st_size > 0)
        folder_.set_aside(log, "its database is gone");
}

// With what can be read of the old one, which is set aside.
void Database::begin_anew(const std::string& why, Connection old) {
    // Its end must not touch the new one's log, which will have the name of its own.
    if (old) sqlite3_db_config(old.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    incomplete_ = true;
    const bool running = database_ != nullptr;
    const auto kept = folder_.set_aside(name, why);
    auto old_file = std::exchange(file_, folder_.open(name));
    auto fresh = connect(path_.string(), SQLITE_OPEN_READWRITE);
    sqlite3_busy_timeout(fresh.get(), patience);
    execute(fresh.get(), settings, "open " + path_.string());
    migrate(fresh.get());
    std::size_t rows = 0;
    if (running) {
        rows = salvage(old.get(), fresh.get(), Salvage::all); // what was under way is known
    } else if (why != "it is a database of something else") {
        old.reset();
        try {
            rows = salvage(open_to_read(kept.string()).get(), fresh.get(), Salvage::settled);
        } catch (const Error& failure) {
            logging::warning("nothing of {} can be read: {}", kept.string(), failure.what());
        }
    }
    number_on(fresh.get());
    logging::warning("a new store was begun, with {} rows that could be read of the old one", rows);
    take(std::move(fresh));
}

// `from`: what can be read; null: the file, if there is one.
void Database::keep_in_memory(const std::string& why, sqlite3* from) {
    logging::error("{}", why);
    incomplete_ = true;
    auto memory = in_memory();
    try {
        if (from)
            salvage(from, memory.get(), Salvage::all);
        else if (folder_.open_to_read(name))
            salvage(open_to_read(path_.string()).get(), memory.get(), Salvage::all);
    } catch (const Error& failure) {
        logging::warning("nothing of the store can be read: {}", failure.what());
    }
    take(std::move(memory));
    file_.reset();
    reserve_.reset();
    is_full_ = false;
    told_.with([&](Told& told) { told.why_read_only = why; });
}

// ---- while the agent runs ------------------------------------------------------------------------------------------

// Called with the lock held, before each transaction that writes: what is written into a file that has no name any more
// is lost.
void Database::stay_in_place() {
    if (!file_ || renewing_) return;
    struct stat held {
    }, there{}, log{};
    ::fstat(file_.get(), &held);
    const bool is_there = ::lstat(path_.c_str(), &there) == 0 && same_file(held, there);
    const bool has_log = ::lstat((path_.string() + "-wal").c_str(), &log) == 0;
    if (is_there && has_log && log_ == 0) log_ = log.st_ino;
    if (!is_there) return write_anew("its file was removed or replaced under the running agent");
    if (log_ != 0 && (!has_log || log.st_ino != log_))
        return write_anew("its log was removed or replaced under the running agent");
    if (held.st_size < smallest_) return renew("its file was cut under the running agent");
    smallest_ = held.st_size;
}

// SQLite still has the file open, and all that was in it.
void Database::write_anew(const std::string& why) {
    logging::error("the agent's own store {}: {}; it is written anew", path_.string(), why);
    folder_.renew();
    struct stat held {
    }, there{};
    ::fstat(file_.get(), &held);
    if (::lstat(path_.c_str(), &there) == 0 && !same_file(held, there))
        folder_.set_aside(name, "it was put in the place of the store under the running agent");
    const auto made = std::string(name) + new_suffix;
    const auto made_path = folder_.path() / made;
    ::unlink(made_path.c_str());
    auto file = folder_.open(made);
    if (sqlite3_exec(database_.get(),
                     ("VACUUM INTO '" +
                      [](std::string text) {
                          for (std::size_t at = 0; (at = text.find('\'', at)) != text.npos; at += 2)
                              text.insert(at, 1, '\'');
                          return text;
                      }(made_path.string()) +
                      "'")
                         .c_str(),
                     nullptr, nullptr, nullptr) != SQLITE_OK) {
        const std::string failure = sqlite3_errmsg(database_.get());
        ::unlink(made_path.c_str());
        return renew(why + ", and cannot be copied: " + failure);
    }
    ::fsync(file.get());
    sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    // What is left of the old one's would be taken for the new one's.
    for (const auto* follower : {"-wal", "-shm"}) ::unlink((path_.string() + follower).c_str());
    if (::rename(made_path.c_str(), path_.c_str()) != 0)
        throw Error(Fault::unavailable, "cannot write " + path_.string() + ": " + std::strerror(errno));
    sync_directory(folder_.path());
    auto fresh = connect(path_.string(), SQLITE_OPEN_READWRITE);
    sqlite3_busy_timeout(fresh.get(), patience);
    execute(fresh.get(), settings, "open " + path_.string());
    take(std::move(fresh));
    file_ = std::move(file);
    reserve_ = folder_.open("reserve");
    try_to_reserve();
    add_trouble("the agent's own store: " + why + " at " + to_rfc3339(std::chrono::system_clock::now()) +
                ": it was written anew, and nothing is lost");
    report();
}

void Database::renew(const std::string& why) {
    if (renewing_ || !file_) throw Error(Fault::unavailable, "the agent's own store: " + why);
    renewing_ = true;
    const Defer done([this] { renewing_ = false; });
    logging::error("the agent's own store {} is damaged: {}", path_.string(), why);
    folder_.renew();
    try {
        struct stat is {};
        if (::lstat(path_.c_str(), &is) != 0)
            file_ = folder_.open(name); // so that there is something to be set aside
        auto old = std::move(database_);
        database_ = in_memory(); // until there is another
        begin_anew(why, std::move(old));
    } catch (const Error& failure) {
        keep_in_memory(std::string(failure.what()) +
                       ": nothing can be changed until that is mended and the agent is restarted");
    }
    fill_again();
    add_trouble(
        "the agent's own store was damaged (" + why + ") at " + to_rfc3339(std::chrono::system_clock::now()) +
        ": it was begun anew with what was in memory; answers to earlier requests with an Idempotency-Key "
        "may be lost");
    report();
}

void Database::fill_again() try {
    if (refill_) refill_();
} catch (const std::exception& failure) {
    logging::error("cannot write down again what is in memory: {}", failure.what());
}

void Database::look_after() noexcept try {
    std::lock_guard hold(turn_);
    stay_in_place();
    if (failing_) try_to_write();
    if (must_wipe_) wipe();
    report();
} catch (const std::exception& failure) {
    logging::error("{}", failure.what());
}

} // namespace state
