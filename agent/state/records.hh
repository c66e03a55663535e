#pragma once
// What the agent itself has to remember of an entity, because the hypervisor cannot: who owns a volume or a network and
// what it is called, and machines that are not (or no longer) the hypervisor's. Kept in the store, shown in the
// snapshot.
//
// `place` is where an entity stands among all that were made here, in the order of their creation: collections are
// shown in it. The inventory gives it when the record is put first, and it never changes; zero: it has none yet.
//
// Threads: values.

#include "agent/base/ownership.hh"
#include "agent/state/statement.hh"
#include "drivers/contract/machine.hh"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace state {

enum class Phase {
    coming, // its making is under way
    ready,
    failed, // its making failed; `message` says why; nothing of it is left in the hypervisor
    leaving // its removal is under way
};

struct StorageRecord {
    Uuid id;
    std::string owner, title, url;
    std::uint64_t bytes = 0; // as a guest sees it
    Phase phase = Phase::coming;
    std::string message;
    bool offline = false; // nobody may use it, since a client wants it so
    std::string summary{};
    std::string os_term{}; // of the OS template that it is offered as; empty: it is no image
    std::uint64_t place{};
    std::string group{}; // its owner's, when it was made
    Share share{};
};

struct NetworkRecord {
    Uuid id;
    std::string owner, title;
    std::string size; // as its maker spelled it: "C", "30"
    Phase phase = Phase::coming;
    bool down = false; // nothing may run on it, since a client wants it so
    std::string summary{};
    std::uint64_t place{};
    std::string label{};
    std::string group{}; // its owner's, when it was made
    Share share{};
};

// Of each machine of ours from its first plan until all of it is gone. What a ready one has now is what the hypervisor
// shows; the record says what it is to have, so that it can be made again when somebody has taken it away, and whose
// its volumes and addresses are.
struct ComputeRecord {
    Uuid id;
    hv::MachineSpec spec;
    Phase phase = Phase::coming;
    std::string message;
    // Secrets, by name: nobody but the owner and the guest may read them: never in the spec, which is in descriptions
    // that others read.
    std::map<std::string, std::string> secrets{};
    std::uint64_t place{};
};

// A mixin that a user has defined (GFD.221, 5.5.3), and what has it.
struct MixinRecord {
    std::string id; // scheme and term
    std::string scheme, term, title, owner;
    std::string location;     // "/my_stuff/"
    std::set<Uuid> members{}; // entities of any kind
    std::string group{};      // its owner's, when it was made
};

// What was last seen of a machine of ours or of others: libvirt forgets why a machine stopped when it restarts, we do
// not.
struct Sighting {
    Uuid id;
    std::string owner;
    hv::MachineState state = hv::MachineState::unknown;
    std::string reason;
    Time since{};              // it was first seen so
    std::string whereabouts{}; // of its disks (whereabouts.hh)
    bool undefined = false;    // others have undefined it since, which has been told
    std::string group{};
};

// Valid as long as what is asked about.
inline Ownership whose(const hv::MachineSpec& spec) noexcept { return {spec.owner, spec.group}; }
inline Ownership whose(const StorageRecord& record) noexcept {
    return {record.owner, record.group, record.share};
}
inline Ownership whose(const NetworkRecord& record) noexcept {
    return {record.owner, record.group, record.share};
}
inline Ownership whose(const ComputeRecord& record) noexcept { return whose(record.spec); }
inline Ownership whose(const MixinRecord& record) noexcept { return {record.owner, record.group}; }
inline Ownership whose(const Sighting& sighting) noexcept { return {sighting.owner, sighting.group}; }

} // namespace state
