#pragma once
// The SQLite file of the agent, and the lock on its directory: only one agent at a time may use it. Store, Journal, EventLog and
// Answers each keep their tables in it.
//
// It keeps some space back: when the disk is full, the reserve is given up so that what is under way can still be brought to its end
// and written down, and nothing new is begun until it could be taken again.
//
// Threads: any; one transaction at a time, the others wait. GETs of entities never come here.

#include "agent/base/handle.hh"
#include "agent/state/statement.hh"

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

struct sqlite3;

namespace state {

[[noreturn]] void throw_failure(sqlite3*, const std::string& doing); // Error{unavailable} with SQLite's words

class Database {
public:
    // Makes the directory (0711: the hypervisor must reach the volumes below it) and the file (0600) when missing, and brings an
    // older file up to date. Throws Error{unavailable} when another agent uses the directory, when it cannot be written, or
    // when the file is damaged or of a later version.
    explicit Database(const std::filesystem::path& directory);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // later: survives the end of the process however it comes; a power cut may take it, in order, never a part of it.
    // now: has reached the disk when write() returns, with everything that was written before.
    enum class Sync { later, now };

    // Runs `work` as one transaction. When it throws, or the disk does not take it, nothing has changed.
    void write(Sync, const std::function<void(sqlite3*)>& work);
    void read(const std::function<void(sqlite3*)>& work);

    // Whether something new may be begun: the reserve is there. Tries to take it back when it was given up.
    bool has_room();
    std::string path() const { return path_.string(); }

private:
    void migrate();
    bool attempt(const std::function<void(sqlite3*)>& work);
    void release_reserve();
    void give_up_reserve();
    void tell_full();
    void try_to_reserve();

    const std::filesystem::path directory_, path_;
    Descriptor lock_, reserve_;
    struct Closer {
        void operator()(sqlite3*) const noexcept;
    };
    std::unique_ptr<sqlite3, Closer> database_;
    std::mutex turn_; // of a transaction: SQLite itself takes only one at a time
    Sync sync_ = Sync::now;
    bool reserved_ = false;
};

} // namespace state
