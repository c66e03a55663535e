#pragma once
// The operations on disk: each is there before its first step, and its result stays for a week, or until ten thousand
// newer ones have ended.
//
// Threads: any. Throws Error{unavailable} when the disk does not take it; plan() also when nothing may be changed
// (Database::why_read_only).

#include "agent/state/database.hh"
#include "agent/state/operation.hh"

#include <optional>
#include <vector>

namespace state {

class Journal {
public:
    explicit Journal(Database& database) : database_(database) {}

    // Writes down a new operation, which has its number already. usual: Error{unavailable} also when the disk is so
    // full that nothing new may begin. kept_back: for operations that may begin all the same.
    enum class Room { usual, kept_back };
    void plan(const Operation&, Database::Sync, Room = Room::usual);
    // Writes down those that the database does not have, after it was begun anew.
    void plan_missing(const std::vector<Operation>&);
    std::uint64_t last_number(); // that was ever used
    // How far it is. The plan of one that has ended is forgotten, unless somebody reads it still.
    void save(const Operation&, Database::Sync, bool keep_plan = false);

    std::vector<Operation> unfinished(); // in the order they were planned
    std::optional<Operation> find(const std::string& id);
    std::optional<Operation> find_by_key(const std::string& key); // the newest

    // The newest first: at most `most` of those with a number below `before`.
    std::vector<Operation> page(std::uint64_t before, std::size_t most, const Reach&);

    void prune(Time now);

private:
    Database& database_;
};

} // namespace state
