#pragma once
// What requests under way have picked but not recorded yet: addresses, MACs, blocks, and entities that they build on or
// remove. A request that picks looks at the snapshot and at the claims in one step, and lets go of a claim only after
// the snapshot shows what became of it; so no two requests can pick the same.
//
// Threads: any.

#include "agent/base/guarded.hh"
#include "agent/base/ipv4.hh"
#include "agent/base/uuid.hh"

#include <functional>
#include <set>
#include <string>
#include <utility>

namespace service {

struct Claimed {
    std::multiset<std::pair<Uuid, Ipv4>> addresses; // of a network
    std::multiset<std::string> macs;
    std::multiset<std::pair<Uuid, std::string>>
        targets; // of disks, "vdb" of a machine that is there or to be
    std::multiset<std::pair<Ipv4Block, Uuid>> blocks;
    std::multiset<Uuid> used; // images and networks that something is being built on
    std::multiset<Uuid>
        attached; // those of the used storages that no other machine may have meanwhile, nor a clone of
    std::multiset<Uuid> leaving; // entities that are being removed
    std::multiset<Uuid> copied;  // volumes that are being copied: nobody may begin to write to them

    void add(const Claimed&);
    void take_away(const Claimed&);
};

class Claims {
public:
    // Lets go of the claim at the end of its life.
    class Claim {
    public:
        Claim(Claims& owner, Claimed what) : owner_(&owner), what_(std::move(what)) {}
        Claim(Claim&& other) noexcept
            : owner_(std::exchange(other.owner_, nullptr)), what_(std::move(other.what_)) {}
        Claim& operator=(Claim&&) = delete;
        ~Claim();

    private:
        Claims* owner_;
        Claimed what_;
    };

    // Calls `pick` with what others have claimed; what it returns is claimed before anybody else can pick. `pick` may
    // throw and must be quick: it runs under the lock.
    [[nodiscard]] Claim claim(const std::function<Claimed(const Claimed& others)>& pick);

private:
    Guarded<Claimed> claimed_;
};

} // namespace service
