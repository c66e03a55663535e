#pragma once
// What the agent needs of a hypervisor: machines, volumes, networks and what happens to them, in plain words. No
// libvirt and no OCCI here. A driver implements Compute, Storage, Network and Host; README.md says how.
//
// Every verb may block (it talks to a hypervisor or a disk) and may be called from any thread, several at once. Verbs
// throw Error: not_found when the id is unknown, conflict when its state does not admit the verb, unavailable when the
// hypervisor cannot be reached, busy when it takes no more of that kind now, timeout when it has taken the call and
// does not come back within the driver's deadline: then the outcome is unknown, and the caller looks again later.
// "Idempotent" below means that a second call succeeds and changes nothing.

#include "agent/base/handle.hh"
#include "agent/base/ipv4.hh"
#include "agent/base/uuid.hh"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace hv {

// ---- volumes -------------------------------------------------------------------------------------------------------

enum class Format { raw, qcow2 };

struct Volume {
    Uuid id;
    Format format = Format::raw;
    std::uint64_t bytes = 0;     // what the guest sees
    std::uint64_t allocated = 0; // what it takes on the disk of the host
    std::string path;
    Uuid backing; // the volume that it is a clone of, or empty
};

// One file of those that a disk is made of.
struct Layer {
    std::string path;
    Format format = Format::raw;
    auto operator<=>(const Layer&) const = default;
};

// A file of the pool that is no volume: somebody else has put it there, or made it of ours (a snapshot by hand).
struct Stray {
    std::string name; // below the pool
    std::string path;
    std::uint64_t bytes = 0; // what a guest would see, of a chain; else as long as the file
    std::uint64_t allocated = 0;
    // When it is an overlay, and all that it leads to is in the pool: it, then what it is backed by.
    std::vector<Layer> chain;
};

// Bytes that come from outside, on their way to be a volume. Nobody sees them before keep(); let go before that, they
// leave nothing behind. One thread at a time. It does not outlive its Storage.
class Incoming {
public:
    virtual ~Incoming() = default;
    virtual void write(std::string_view) = 0; // appends. unavailable: no room
    // The file that has what came so far, to be looked at.
    virtual int descriptor() const noexcept = 0;
    // Makes it a volume that is listed: `format` as found there, `bytes` large as seen by a guest (never smaller than
    // what came). Once.
    virtual Volume keep(Format format, std::uint64_t bytes) = 0;
};

// Our own pool only. Nothing here ever touches a file outside of it.
class Storage {
public:
    virtual ~Storage() = default;
    virtual std::vector<Volume> list() = 0;
    virtual std::optional<Volume> find(const Uuid&) = 0;

    // A sparse raw volume full of zeros.
    virtual Volume create(const Uuid&, std::uint64_t bytes) = 0;
    // A qcow2 volume that begins as `base` and keeps its own writes; `bytes` large as seen by a guest, and never
    // smaller than `base`: 0 is as large as that.
    virtual Volume clone(const Uuid&, const Volume& base, std::uint64_t bytes = 0) = 0;
    // Copies the whole of the open file `source` (already checked by drivers/image, `format` as found there) and makes
    // the volume `bytes` large as seen by a guest (never smaller than the original). The volume is listed only when it
    // is whole. `progress` is called with the bytes copied so far. Stopped: throws Error{conflict} and leaves nothing
    // behind.
    virtual Volume import(const Uuid&, Format, int source, std::uint64_t bytes,
                          const std::function<void(std::uint64_t)>& progress, std::stop_token) = 0;
    // conflict: there is such a volume, or it is coming already.
    virtual std::unique_ptr<Incoming> receive(const Uuid&) = 0;
    // A volume of its own with what the other one has, also by those that it is a clone of; as import does with
    // `progress` and when it is stopped. The caller sees to it that nobody writes to the other one meanwhile.
    virtual Volume copy(const Uuid&, const Volume& original,
                        const std::function<void(std::uint64_t)>& progress, std::stop_token) = 0;
    // A volume of its own with what a guest on that chain of files sees (outermost first), each read as the format that
    // is named here and as no other; as copy() otherwise. conflict: one of them is not in the pool, or leads elsewhere.
    virtual Volume flatten(const Uuid&, const std::vector<Layer>& chain,
                           const std::function<void(std::uint64_t)>& progress, std::stop_token) = 0;
    // Makes it larger, for who opens it from now on; what runs on it is Compute::resize_disk. Idempotent, and it is
    // that large when it returns; conflict: it would become smaller, or leads to files that are not the pool's.
    virtual void resize(const Uuid&, std::uint64_t bytes) = 0;
    // Idempotent, and does not ask who uses it: the caller has made sure that nobody does.
    virtual void remove(const Uuid&) = 0;
    // Bytes that are free in the pool, as seen a moment ago: waits for no disk. unavailable: it is not known.
    virtual std::uint64_t available() = 0;
    // "the storage pool does not answer since ...", when it does not; empty: it does, as far as can be told. Waits for
    // no disk.
    virtual std::string silence() { return ""; }

    // For each of these files of the host the volume that it is, "" for none, then those that it is made on top of, the
    // nearest first; a file of the pool that is no volume stands there by its path. Told by name, and by what the file
    // really is, whatever link leads there. Of one that cannot be read only its name tells.
    virtual std::map<std::string, std::vector<Uuid>> behind(const std::vector<std::string>& files) = 0;

    // Whose the pool is: an agent's, from the first one that has settled here, and one at a time. `known` is the id
    // that the caller has from before; without one it takes over that of the pool, or gets a new one. To be called
    // again while `why_not` says that the pool is somebody else's: until then every verb that changes something throws
    // Error{unavailable} with that sentence.
    struct Standing {
        Uuid agent;
        std::string why_not; // empty: the pool is this agent's
    };
    virtual Standing settle(const Uuid& known) = 0;

    virtual std::vector<Stray> strays() = 0;
    // Opens one for reading, to be looked at. not_found; conflict: it is no regular file.
    virtual Descriptor open(const std::string& stray) = 0;
    // Removes one; never a volume. Idempotent, and does not ask who uses it.
    virtual void discard(const std::string& stray) = 0;
};

// A few words for each thing, kept where the volumes are, so that they outlive the agent's own store. What comes back
// may have been written by anybody.
class Notes {
public:
    virtual ~Notes() = default;
    virtual std::map<Uuid, std::string> list() = 0;
    // Replaces what was there, all of it or nothing. Durable: also a power cut does not take it.
    enum class Durable { no, yes };
    virtual void keep(const Uuid&, const std::string& text, Durable) = 0;
    virtual void drop(const Uuid&) = 0; // idempotent
};

// ---- networks ------------------------------------------------------------------------------------------------------

enum class NetworkMode {
    isolated,
    nat,
    bridge, // an existing bridge of the host
    other   // only foreign ones
};

struct Reservation {
    std::string mac;
    Ipv4 address;
    auto operator<=>(const Reservation&) const = default;
};

struct NetworkInfo {
    Uuid id;
    std::string name; // the hypervisor's name for it
    NetworkMode mode = NetworkMode::isolated;
    std::string bridge;             // the device on the host, when known
    std::optional<Ipv4Block> block; // isolated and nat: its addresses; the first is the host's own
    bool ours = false;              // made by this agent, and no copy of that; all others are only shown
    bool active = false;
    // Why nothing that is sent on it arrives although it is active: one sentence with what can be done. Empty: it does,
    // as far as can be told.
    std::string trouble{};
    std::vector<Reservation> reservations;
};

class Network {
public:
    virtual ~Network() = default;
    virtual std::vector<NetworkInfo> list() = 0;
    virtual std::optional<NetworkInfo> find(const Uuid&) = 0;
    // Takes id, name, mode, block (isolated, nat) or bridge (mode bridge) from `wanted`, and leaves it active, also
    // after a restart of the host. DHCP answers reservations only. Undoes itself when a step fails.
    virtual NetworkInfo create(const NetworkInfo& wanted) = 0;
    virtual void remove(const Uuid&) = 0; // idempotent
    // Active, now and after each restart of the host. Idempotent.
    virtual void start(const Uuid&) = 0;
    // No longer active after a restart of the host; nor now, unless it is `in_use`: a machine that runs would lose it
    // for good. Idempotent.
    virtual void stop(const Uuid&, bool in_use) = 0;
    // The address is given to that MAC by DHCP from now on. Both are idempotent. conflict: another MAC has the address.
    virtual void reserve(const Uuid&, const Reservation&) = 0;
    virtual void release(const Uuid&, const Reservation&) = 0;
};

// ---- machines ------------------------------------------------------------------------------------------------------

enum class MachineState {
    running,
    paused, // in memory, not running
    off,
    saved,   // off, with its memory on disk
    crashed, // gone wrong by itself
    unknown
};

enum class Content { image, swap, filesystem, storage, foreign }; // what a disk of a machine was made as

struct Disk {
    Content content = Content::image;
    // The machine's own volume, removed with it; content storage: one that is there by itself, and stays; empty for
    // foreign ones.
    Uuid volume;
    Uuid origin; // content image: the image it is a clone of
    std::uint64_t bytes = 0;
    std::string filesystem; // content filesystem: "ext4"
    std::string target;     // "vda"; given by define() in the order of the disks when empty
    // Where the volume's bytes are, for define(); outermost first, then what it is backed by.
    using Layer = hv::Layer;
    std::vector<Layer> layers;
    std::string mountpoint{}; // where its user means to mount it: kept, never understood
    auto operator<=>(const Disk&) const = default;
};

struct Nic {
    Uuid network;    // empty when it is on something that is no network of the hypervisor
    std::string mac; // "52:54:00:..", lower case
    std::optional<Ipv4> address;
    std::string device; // the host's end while it runs
    auto operator<=>(const Nic&) const = default;
};

struct MachineSpec {
    std::string title; // free text; never a name inside the hypervisor
    std::string owner;
    std::string arch; // "x86_64", "i686", ...; empty: the driver's default
    unsigned cores = 1;
    std::uint64_t memory = 0; // bytes
    unsigned shares = 0;      // of the processors' time, beside other machines; 0: the hypervisor's default
    std::vector<Disk> disks;  // the first one boots
    std::vector<Nic> nics;
    std::map<std::string, std::string, std::less<>>
        notes; // what the agent wants to remember: kept, never understood
    auto operator<=>(const MachineSpec&) const = default;
};

struct Sizes {
    unsigned cores = 1;
    std::uint64_t memory = 0; // bytes
    auto operator<=>(const Sizes&) const = default;
};

struct Machine {
    Uuid id;
    std::string name;  // the hypervisor's name for it
    bool ours = false; // made by this agent, and no copy of that; all others are only shown
    MachineSpec spec;  // of others: as far as it can be told
    MachineState state = MachineState::unknown;
    std::string reason; // why it is in that state, one phrase such as "shut down by the guest"; may be empty
    // When it does not react to the hypervisor: how that shows and since when, "monitor silent since
    // 2030-01-01T10:00:00Z". Its state is then the last one that was known. Empty: it reacts, as far as can be told.
    std::string stuck;
    // What it has while it runs, where that is not what the spec says: then the spec is for its next start.
    std::optional<Sizes> now{};
    std::chrono::steady_clock::time_point read_at{}; // set by who reads it: when the reading began
};

// So much of a Machine as is cheap to ask for.
struct Sight {
    Uuid id;
    MachineState state = MachineState::unknown;
    std::string reason;
    std::string stuck;
    auto operator<=>(const Sight&) const = default;
};

// What a machine, whoever made it, holds of the host, also when it is only defined: for who wants to know whether
// anybody uses a file or a network.
struct Holding {
    Uuid id;
    std::string name;
    bool in_memory = false;
    // A disk, a CD, a floppy: its files as far as the hypervisor knows them, outermost first.
    struct Medium {
        std::string target;
        std::vector<std::string> files;
        auto operator<=>(const Medium&) const = default;
    };
    std::vector<Medium> media;     // now, from the next start on, and in saved memory
    std::set<Uuid> networks;       // of the hypervisor
    std::set<std::string> bridges; // devices of the host that its NICs are plugged into directly
};

enum class Suspend { pause, save };
enum class Restart { acpi, reset };

class Compute {
public:
    virtual ~Compute() = default;
    virtual std::vector<Machine> list() = 0;
    virtual std::optional<Machine> find(const Uuid&) = 0;
    // The state of every machine in a call or two, whatever its guests do.
    virtual std::vector<Sight> glance() = 0;
    // Of every machine, asked now.
    virtual std::vector<Holding> holdings() = 0;

    // Makes it known to the hypervisor, off. conflict when the id is taken.
    virtual void define(const Uuid&, const MachineSpec&) = 0;
    // Makes it run, from off, saved or paused. Idempotent.
    virtual void start(const Uuid&) = 0;
    // Presses the power button once and returns; whether the guest obeys shows later as a Change.
    virtual void press_power_button(const Uuid&) = 0;
    // Off, by force, when it returns; also one that is stuck, and without waiting for what else is under way on it.
    // Idempotent.
    virtual void power_off(const Uuid&) = 0;
    // Throws its saved memory away, so that it is off; nothing where there is none. Idempotent. conflict: it is in
    // memory.
    virtual void discard(const Uuid&) = 0;
    virtual void suspend(const Uuid&, Suspend) = 0;
    // reset: at once. acpi: asks the guest once and returns. Either way a Change "rebooted" says that it has happened.
    virtual void restart(const Uuid&, Restart) = 0;
    // Gives it the title, notes, cores, memory, shares and, unless that is empty, architecture of `wanted`; disks and
    // NICs stay. For later starts; and now, when it runs: shares always, cores and memory as far as the hypervisor and
    // the guest can (see Machine::now). Idempotent. conflict: another architecture while it runs, other sizes while it
    // is saved, shares that this host does not have.
    virtual void revise(const Uuid&, const MachineSpec& wanted) = 0;
    // Makes the disk with that volume larger, also for a guest that runs. Idempotent; never smaller. conflict: it is
    // saved.
    virtual void grow(const Uuid&, const Uuid& volume, std::uint64_t bytes) = 0;
    // Gives it one more disk, now (when it runs) and for later starts. Disk::target must be set; its volume exists.
    // Idempotent by Disk::volume; conflict: the target is taken.
    virtual void attach(const Uuid&, const Disk&) = 0;
    // Takes the disk with that volume away, now and for later starts; not the volume. Idempotent. A running guest is
    // asked, and may refuse: conflict when it has not let go within `patience`, and then it keeps the disk, now and
    // later.
    virtual void detach(const Uuid&, const Uuid& volume, std::chrono::milliseconds patience) = 0;
    // The same for NICs, by Nic::mac, which must be set; its network is there. A NIC that somebody else has plugged in
    // is taken away like our own. Its address is not reserved here (Network::reserve).
    virtual void attach(const Uuid&, const Nic&) = 0;
    virtual void detach(const Uuid&, const Nic&, std::chrono::milliseconds patience) = 0;
    // Pulls the cable out of each NIC that it has on that network, or plugs it in, for as long as it is in memory: a
    // later start finds it plugged in. Idempotent, and nothing for a machine that does not run.
    virtual void set_link(const Uuid&, const Uuid& network, bool plugged_in) = 0;
    // Makes the disk with that volume larger while it is in memory, volume and all, and tells the guest. Idempotent;
    // conflict: it does not run.
    virtual void resize_disk(const Uuid&, const Uuid& volume, std::uint64_t bytes) = 0;
    // Copies that disk of a machine in memory, as it is at this moment, into a volume that is there, as large, raw and
    // empty; the guest goes on. `progress` is called with percents. Stopped: throws Error{conflict}. conflict: it does
    // not run, or it ends before the copy is whole.
    virtual void copy_disk(const Uuid&, const Uuid& volume, const Volume& into,
                           const std::function<void(unsigned)>& progress, std::stop_token) = 0;
    // Forgets an off or saved machine, with its saved memory and console log, but not its volumes. Idempotent; conflict
    // when it runs.
    virtual void remove(const Uuid&) = 0;
};

// ---- the host ------------------------------------------------------------------------------------------------------

// Something happened to a thing: where to look, and, when the hypervisor says so, what it was.
struct Change {
    enum class Subject { machine, volume, network } subject = Subject::machine;
    Uuid id;
    // One of "defined", "undefined", "started", "suspended", "resumed", "stopped", "crashed", "rebooted", "disk error",
    // "device added", "device removed", "device kept" (the guest did not let go), "stuck", "reacting", or another word
    // of the hypervisor that is for the log only.
    std::string what;
    std::string detail; // why, or which: "shut down by the guest", "vdb: no space left on the device"
    std::optional<MachineState> state{}; // of a machine: what it is in since then
};

// Called on the driver's own thread, which must not be held up: queue and return. Must not throw.
class Listener {
public:
    virtual ~Listener() = default;
    virtual void changed(const Change&) noexcept = 0;
    // found: the hypervisor answers (again), and everything may have changed meanwhile. lost: it does not; `why` says
    // so.
    virtual void found() noexcept = 0;
    virtual void lost(const std::string& why) noexcept = 0;
};

class Host {
public:
    virtual ~Host() = default;
    virtual Compute& compute() = 0;
    virtual Storage& storage() = 0;
    virtual Network& network() = 0;
    virtual Notes& notes() = 0;
    // Who we are: what this agent makes from now on carries that id, and nothing else is ours. Before that nothing is.
    virtual void be(const Uuid& agent) = 0;
    // Starts telling; found() comes first, when it answers. One listener; it outlives the host's last call to it, which
    // is before unwatch() returns.
    virtual void watch(Listener&) = 0;
    virtual void unwatch() = 0;
    // A MAC address of ours that this driver thinks suitable; the caller checks that it is free on the node.
    virtual std::string propose_mac() = 0;
    // The routes and interface addresses of the host, each with a name for messages: {"10.1.0.0/24", "route of eth0"}.
    struct Route {
        Ipv4Block block;
        std::string name;
    };
    virtual std::vector<Route> routes() = 0;
    // Whether the host has a bridge device of that name.
    virtual bool has_bridge(const std::string& device) = 0;
    // What it is, for the log at start: "libvirt 9.0.0, machines of type qemu, because ...".
    virtual std::string describe() = 0;
    // What does not work although the hypervisor answers: sentences, each with what can be done. Asks nobody that could
    // hang.
    virtual std::vector<std::string> complaints() { return {}; }
};

} // namespace hv
