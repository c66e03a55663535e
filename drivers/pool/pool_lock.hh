#pragma once
// Whose a pool is: the folder ".occi-agent" in its directory, with the id of an agent and a file that the agent locks
// for as long as it lives. So two agents never change one pool, wherever they keep their state.
//
// Threads: one settles, any may check. Settling may block on the disk, checking never does.

#include "agent/base/guarded.hh"
#include "agent/base/handle.hh"
#include "drivers/contract/storage.hh"

#include <filesystem>

namespace hv::pool {

class PoolLock {
public:
    explicit PoolLock(std::filesystem::path pool) : folder_(std::move(pool) / ".occi-agent") {}

    // As Storage::settle. Throws Error{unavailable} when the folder cannot be made or read.
    Storage::Standing settle(const Uuid& known);

    // Throws Error{unavailable} that says why, unless the last settle() was granted.
    void check() const;

private:
    Storage::Standing settled(const Uuid& known);

    const std::filesystem::path folder_;
    Descriptor lock_; // of the thread that settles
    Guarded<std::string> why_not_{"it is not settled yet whose the storage pool is"};
};

} // namespace hv::pool
