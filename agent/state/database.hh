#pragma once
// The SQLite file of the agent. Store, Journal, EventLog and Answers each keep their tables in it.
//
// It always opens. A file that is damaged, or nobody's of ours, is set aside with its date, and a new one is begun with
// what could be read of it. What cannot be written (a read-only disk), or was written by a newer agent, is read into
// memory: then nothing may be changed (why_read_only). While it runs it sees whether its file is still there and whole:
// one that somebody has removed or replaced is written anew with all that was in it, one that turns out to be damaged
// is set aside as at the start.
//
// It keeps some space back: when the disk is full, the reserve is given up so that what is under way can still be
// brought to its end and written down, and nothing new is begun until it could be taken again. What its disk refuses
// for another reason (EIO, a file system that has become read-only) is told until it takes something again.
//
// Threads: any; one transaction at a time, the others wait, unless its disk hangs (agent/base/disk_lock.hh). GETs of
// entities never come here, and of what is told of it nothing waits.

#include "agent/base/disk_lock.hh"
#include "agent/base/guarded.hh"
#include "agent/base/handle.hh"
#include "agent/state/state_folder.hh"
#include "agent/state/statement.hh"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;

namespace state {

[[noreturn]] void throw_failure(sqlite3*, const std::string& doing); // Error{unavailable} with SQLite's words

struct ConnectionCloser {
    void operator()(sqlite3*) const noexcept;
};
using Connection = std::unique_ptr<sqlite3, ConnectionCloser>;

class Database {
public:
    // Throws Error{unavailable} when another agent uses the directory, and only then.
    explicit Database(const std::filesystem::path& directory, DiskLock::Patience = DiskLock::usual_patience);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // later: survives the end of the process however it comes; a power cut may take it, in order, never a part of it.
    // now: has reached the disk when write() returns, with everything that was written before.
    enum class Sync { later, now };

    // Runs `work` as one transaction, perhaps twice. When it throws, or the disk does not take it, nothing has changed.
    void write(Sync, const std::function<void(sqlite3*)>& work);
    void read(const std::function<void(sqlite3*)>& work);
    // Calls `act` while nobody else reads or writes here, so that what it looks at, in memory too, and what it writes
    // is one. It may throw; what it has written by then is written.
    void in_turn(const std::function<void()>& act);
    // Nothing of what was deleted or replaced so far is in any file any more when this returns.
    void wipe();

    // Whether something new may be begun: the reserve is there. Tries to take it back when it was given up, unless
    // somebody is writing.
    bool has_room();
    // How long its disk has not answered, when that is longer than usual.
    std::optional<std::chrono::seconds> silent_for() const { return turn_.stuck_for(); }
    std::string path() const { return path_.string(); }

    // Why nothing may be changed, as a sentence with its remedy; empty: it may.
    std::string why_read_only() const;
    void check_writable() const; // Error{unavailable} with that sentence
    // What an operator has to know: sentences about writing that fails, files that were set aside, and what came of it.
    // Empty: all is well.
    std::vector<std::string> troubles() const;
    // One more, until the agent ends.
    void add_trouble(const std::string& sentence);
    // Whether something that an earlier run knew may be missing: it was begun anew, or a part of it was not readable.
    bool is_incomplete() const noexcept { return incomplete_; }
    void set_incomplete() noexcept { incomplete_ = true; }

    // Called, with the database to itself, when it was begun anew under the running agent: writes what memory has and
    // the new file has not. Set once, before anything can call write().
    void on_renewal(std::function<void()> refill) { refill_ = std::move(refill); }
    // Whether the file is still in place, what was set aside still there, and whether what could not be written can be
    // now. To be called now and then, by a thread that may hang with the disk; write() looks itself.
    void look_after() noexcept;

private:
    enum class Outcome { done, full, damaged };
    void open_file();
    void check_log();
    void keep_log();
    void begin_anew(const std::string& why, Connection old);
    void keep_in_memory(const std::string& why, sqlite3* from = nullptr);
    void take(Connection);
    void look_and_write(Sync, const std::function<void(sqlite3*)>& work);
    Outcome attempt(const std::function<void(sqlite3*)>& work);
    void tell_failing(const std::string& why);
    void tell_written();
    void try_to_write() noexcept;
    void stay_in_place();
    void write_anew(const std::string& why);
    void renew(const std::string& why);
    void fill_again();
    void report();
    void release_reserve();
    void give_up_reserve();
    void tell_full();
    void try_to_reserve();

    const std::filesystem::path path_;
    StateFolder folder_;
    Descriptor reserve_;
    // Held as long as SQLite has it: to close another descriptor of it lets go of SQLite's locks.
    Descriptor file_;
    Connection database_;
    DiskLock turn_; // of a transaction: SQLite itself takes only one at a time
    Sync sync_ = Sync::now;
    std::atomic<bool> is_full_ = false; // the reserve was given up
    bool renewing_ = false, must_wipe_ = false;
    // What the disk has refused so far. What need not reach it at once says nothing about what has to.
    std::optional<Sync> failing_;
    std::atomic<bool> incomplete_ = false;
    std::uint64_t log_ = 0;     // the inode of SQLite's log
    std::int64_t smallest_ = 0; // the file has had so many bytes
    std::string damage_;        // SQLite's words for it
    std::function<void()> refill_;

    struct Told {
        std::string why_read_only, why_failing;
        std::vector<std::string> set_aside, others;
    };
    Guarded<Told> told_;
};

} // namespace state
