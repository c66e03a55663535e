#include "agent/state/database.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sqlite3.h>

namespace state {
namespace {

constexpr off_t reserve_bytes = 4 << 20;
// SQLite's log is written into the file proper, and begun anew, when it has so many pages: as usual, and while there is
// nothing but the reserve to live on, which the usual log alone would fill.
constexpr int usual_log_pages = 1000, short_log_pages = 100;

bool is_disk_full(sqlite3* database) {
    const int code = sqlite3_errcode(database);
    return code == SQLITE_FULL || ((code & 0xff) == SQLITE_IOERR && sqlite3_system_errno(database) == ENOSPC);
}

// Whether the last call failed because of what is in the file.
bool is_damaged(sqlite3* database) {
    const int code = sqlite3_errcode(database) & 0xff;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) return true;
    return code == SQLITE_ERROR && std::string_view(sqlite3_errmsg(database)).starts_with("no such ");
}

// Whether the last call failed because of the disk, or of who else has the file: not because of what was asked.
bool is_refused(sqlite3* database) {
    constexpr std::array codes{SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_BUSY};
    return std::ranges::find(codes, sqlite3_errcode(database) & 0xff) != codes.end();
}

void execute(sqlite3* database, const char* sql, const std::string& doing) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw_failure(database, doing);
}

} // namespace

void throw_failure(sqlite3* database, const std::string& doing) {
    throw Error(Fault::unavailable,
                "the agent's own store: " + doing + ": " +
                    (is_disk_full(database) ? "no space left on its disk" : sqlite3_errmsg(database)));
}

void ConnectionCloser::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

Database::~Database() = default;

Database::Outcome Database::attempt(const std::function<void(sqlite3*)>& work) {
    auto* database = database_.get();
    try {
        execute(database, "BEGIN IMMEDIATE", "begin");
        work(database);
        execute(database, "COMMIT", "commit");
        return Outcome::done;
    } catch (...) {
        const auto outcome = is_disk_full(database) ? Outcome::full
                             : is_damaged(database) ? Outcome::damaged
                                                    : Outcome::done;
        damage_ = sqlite3_errmsg(database);
        if (outcome == Outcome::done && is_refused(database)) tell_failing(damage_);
        if (sqlite3_get_autocommit(database) == 0)
            sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr);
        if (outcome == Outcome::done) throw;
        return outcome;
    }
}

void Database::write(Sync sync, const std::function<void(sqlite3*)>& work) {
    std::lock_guard hold(turn_);
    look_and_write(sync, work);
    if (failing_ && (sync == Sync::now || failing_ == Sync::later)) tell_written();
}

void Database::look_and_write(Sync sync, const std::function<void(sqlite3*)>& work) {
    try {
        stay_in_place();
    } catch (const Error& failure) {
        tell_failing(failure.what());
        throw;
    }
    const auto set_sync = [&] {
        if (std::exchange(sync_, sync) != sync)
            execute(database_.get(),
                    sync == Sync::now ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", "set sync");
    };
    set_sync();
    auto outcome = attempt(work);
    if (outcome == Outcome::damaged) {
        renew(damage_);
        set_sync();
        outcome = attempt(work);
    }
    if (outcome == Outcome::full) {
        give_up_reserve();
        outcome = attempt(work);
    }
    if (outcome == Outcome::full)
        throw Error(Fault::unavailable, "no space left in the state directory " + folder_.path().string());
    if (outcome == Outcome::damaged) {
        tell_failing(damage_);
        throw Error(Fault::unavailable, "the agent's own store is damaged, and so is the one begun anew");
    }
}

void Database::in_turn(const std::function<void()>& act) {
    std::lock_guard hold(turn_);
    act();
}

// Not done again after a damage: `work` may have taken in half of it.
void Database::read(const std::function<void(sqlite3*)>& work) {
    std::lock_guard hold(turn_);
    try {
        work(database_.get());
    } catch (const Error&) {
        if (is_damaged(database_.get())) renew(sqlite3_errmsg(database_.get()));
        throw;
    }
}

void Database::wipe() {
    std::lock_guard hold(turn_);
    int log = 0, moved = 0;
    must_wipe_ = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, &log,
                                           &moved) != SQLITE_OK;
    if (must_wipe_)
        logging::warning("what was deleted is still in the log of the store: {}; it will be tried again",
                         sqlite3_errmsg(database_.get()));
}

// ---- what is told of it --------------------------------------------------------------------------------------------

std::string Database::why_read_only() const {
    return told_.with([](const Told& told) { return told.why_read_only; });
}

void Database::check_writable() const {
    if (const auto why = why_read_only(); !why.empty()) throw Error(Fault::unavailable, why);
}

std::vector<std::string> Database::troubles() const {
    return told_.with([](const Told& told) {
        auto all = told.set_aside;
        if (!told.why_failing.empty()) all.insert(all.begin(), told.why_failing);
        if (!told.why_read_only.empty()) all.insert(all.begin(), told.why_read_only);
        all.insert(all.end(), told.others.begin(), told.others.end());
        return all;
    });
}

void Database::add_trouble(const std::string& sentence) {
    told_.with([&](Told& told) { told.others.push_back(sentence); });
}

void Database::tell_failing(const std::string& why) {
    if (!failing_) logging::error("the agent's own store {} cannot be written: {}", path_.string(), why);
    failing_ = failing_ == Sync::now ? Sync::now : sync_;
    told_.with([&](Told& told) {
        told.why_failing = "the agent's own store " + path_.string() + " cannot be written: " + why +
                           ": nothing can be changed until it can";
    });
}

void Database::tell_written() {
    logging::info("the agent's own store {} can be written again", path_.string());
    failing_.reset();
    told_.with([](Told& told) { told.why_failing.clear(); });
}

// Something that changes nothing, and goes to the disk.
void Database::try_to_write() noexcept try {
    write(Sync::now, [](sqlite3* database) {
        Statement version(database, "PRAGMA user_version");
        version.next();
        const auto same = "PRAGMA user_version=" + std::to_string(version.integer());
        execute(database, same.c_str(), "write");
    });
} catch (const std::exception&) { // is told already
}

void Database::report() {
    std::vector<std::string> sentences;
    for (const auto& [path, why] : folder_.set_aside_so_far())
        sentences.push_back("a file of the agent's store could not be used" +
                            (why.empty() ? std::string() : " (" + why + ")") + ": it is kept as " +
                            path.string() + "; look at it, and remove it");
    told_.with([&](Told& told) { told.set_aside = std::move(sentences); });
}

// ---- the reserve ---------------------------------------------------------------------------------------------------

void Database::release_reserve() {
    if (reserve_ && ::ftruncate(reserve_.get(), 0) != 0)
        logging::warning("cannot give up the reserve in {}: {}", folder_.path().string(),
                         std::strerror(errno));
}

void Database::give_up_reserve() {
    if (is_full_ || !reserve_) return; // in memory there is none
    tell_full();
    release_reserve();
}

void Database::tell_full() {
    is_full_ = true;
    logging::error("no space left in the state directory {}: nothing new is begun until there is",
                   folder_.path().string());
    sqlite3_wal_autocheckpoint(database_.get(), short_log_pages);
}

void Database::try_to_reserve() {
    is_full_ = ::posix_fallocate(reserve_.get(), 0, reserve_bytes) != 0;
    if (is_full_)
        release_reserve();
    else
        sqlite3_wal_autocheckpoint(database_.get(), usual_log_pages);
}

bool Database::has_room() {
    if (is_full_ && turn_.try_lock()) {
        const std::lock_guard hold(turn_, std::adopt_lock);
        if (is_full_) try_to_reserve();
    }
    return !is_full_;
}

} // namespace state
