#pragma once
// What the node looks like right now: every machine, volume and network as last seen, and our records. Deleting the
// inventory loses nothing: what the hypervisor knows is listed again, what we know is in the store.
//
// Readers call now() from any thread; it never waits and the snapshot never changes under them. One worker thread takes
// in what the driver tells, unless whoever made the change has read it since. Everything read from the driver carries a
// number taken before the call, so that an older answer never covers a newer one, nor what was told since. No lock is
// held during a driver or store call. What an event costs grows with the logarithm of what there is; only a listing
// walks through everything.
//
// Each change of a machine's state is told to the chronicle once, whichever way it came to be known: told by the
// driver, seen when the machine was read, or found by the comparison that is made again and again because events get
// lost.

#include "agent/base/published.hh"
#include "agent/state/chronicle.hh"
#include "agent/state/snapshot.hh"
#include "agent/state/store.hh"
#include "drivers/contract/host.hh"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <thread>
#include <vector>

namespace state {

class Inventory : public hv::Listener {
public:
    // Begins with the records of the store, and nothing of the hypervisor. Throws what the store throws.
    Inventory(hv::Host& host, Store& store, Chronicle& chronicle);
    ~Inventory() override;
    Inventory(const Inventory&) = delete;
    Inventory& operator=(const Inventory&) = delete;

    // From now on the snapshot follows the hypervisor, until unwatch(). `refilled` is called on the worker thread after
    // the full listing that follows each connection, `networks_read` after it has read networks between these: because
    // something was told of one, or to compare. Once only.
    void watch(std::function<void()> refilled, std::function<void()> networks_read = {});
    void unwatch() noexcept; // idempotent; no callback runs after it has returned

    std::shared_ptr<const Snapshot> now() const;

    // Waits until `holds` is true of the newest snapshot; false when `deadline` passes or a stop is asked for before
    // that.
    bool wait(const std::function<bool(const Snapshot&)>& holds, std::chrono::milliseconds deadline,
              std::stop_token = {}) const;

    // What was told of a machine since this agent began, counted: who has asked for something waits until it was told
    // once more.
    struct Told {
        std::uint64_t boots = 0;                 // "started" and "rebooted"
        std::array<std::uint64_t, 6> arrivals{}; // in each hv::MachineState
    };
    Told told_of(const Uuid& machine) const;

    // Reads one thing again, now, on the caller's thread, so that the caller's own change is in the next snapshot.
    // Throws what the driver throws.
    void reread_machine(const Uuid&);
    void reread_volume(const Uuid&);
    void reread_network(const Uuid&);

    // Into the store first, then into the snapshot, in one turn of the store: whoever writes next finds it in now().
    // Throw what the store throws, and then nothing has changed. A record that is new gets its place behind all others.
    void put(const ComputeRecord&);
    void put(const StorageRecord&);
    void put(const NetworkRecord&);
    void put(const MixinRecord&);
    void drop_compute(const Uuid&);
    void drop_storage(const Uuid&);
    void drop_network(const Uuid&);
    void drop_mixin(const std::string& id);

    // Calls `act` while nobody else can put or drop a record, so that what it finds in now() holds until what it puts
    // or drops is written. The store takes one writer at a time anyway: this is that turn, taken for the look as well.
    // `act` must be quick, ask no hypervisor and wait for nobody. Throws what it throws, and what the store throws.
    void in_turn(const std::function<void()>& act);

    // Whether what has our mark and no record may be taken over: the store knows of no node yet. Until settled() is
    // called, which says that all that was to be taken over has its record.
    bool is_new();
    void settled();

    // Of a machine that others have undefined: where its disks were when it was last seen (whereabouts.hh).
    std::string whereabouts_of_undefined(const Uuid&) const;

    // Why the last thing asked of a machine failed; empty: it did not.
    void set_trouble(const Uuid&, const std::string& sentence);

    // Of hv::Listener; only queue.
    void changed(const hv::Change&) noexcept override;
    void found() noexcept override;
    void lost(const std::string& why) noexcept override;

private:
    using Clock = std::chrono::steady_clock;
    // Of a machine: what the chronicle was told last.
    struct Known {
        Sighting sighting;
        std::string stuck;
        bool listed = false; // seen since this agent began
        // What was told because it was read, and that the driver has yet to tell.
        struct Ahead {
            hv::MachineState state;
            Clock::time_point read_at;
        };
        std::vector<Ahead> ahead{};
        void run_ahead(hv::MachineState);
        bool catch_up(hv::MachineState); // whether it was told already
    };
    struct Queued {
        hv::Change change;
        std::uint64_t number; // of when it was told
    };
    struct Errand {
        bool found = false, due = false, answering = false;
        std::vector<Queued> changes;
    };
    void work(std::stop_token);
    Errand next_errand(const std::stop_token&, Clock::time_point due);
    void take_in(const Queued&);
    bool is_read_since(const Queued&) const;
    hv::Storage::Standing stand(const Uuid& known);
    void settle_whose();
    // What the pool has, or why that is not to be seen: machines and networks are shown all the same.
    struct Pool {
        std::vector<hv::Volume> volumes;
        std::string trouble;
    };
    Pool look_into_pool();
    void take_pool(Snapshot&, Pool, std::uint64_t number);
    bool list();
    bool compare();
    void tell_unlisted(const std::string& why);
    bool refill();
    void reconcile(hv::Machine&);
    void tell_gone(const Snapshot&, const hv::Machine&);
    void part_with(Sighting last, bool stays, const std::string& detail);
    void tell_never_listed(const Snapshot&);
    static void show_as_of_others(Snapshot&, hv::Machine&);
    static void show_as_of_others(Snapshot&, hv::NetworkInfo&);
    static void show_as_of_others(Snapshot&, hv::Volume&) {}
    void note_undefined(const Snapshot&, const Table<hv::Machine>& listed);
    void tell(const hv::Change&);
    void count(const hv::Change&);
    void tell_agent(std::string_view what, const std::string& detail);
    Ownership whose_machine(const Uuid&) const; // valid with the lock held
    void swap(const std::function<void(Snapshot&)>& change);
    template <class Record> Record placed(Record, const Table<Record>& there);
    // Writes it down, shows it, and tells the chronicle of its phase.
    template <class Record>
    void put_told(const char* kind, Table<Record> Snapshot::*table, const Record& given,
                  const std::string& message);
    void write_down(const std::function<void()>& write, const std::function<void(Snapshot&)>& change);
    template <class T> std::uint64_t& listed_at();
    template <class T>
    bool take(Table<T> Snapshot::*table, const Uuid& id, std::uint64_t number, std::optional<T> seen);
    template <class T, class F> void reread(Table<T> Snapshot::*table, const Uuid& id, F&& read);
    template <class T>
    void replace(Snapshot&, Table<T> Snapshot::*table, std::vector<T> seen, std::uint64_t number);

    hv::Host& host_;
    Store& store_;
    Chronicle& chronicle_;
    std::function<void()> refilled_, networks_read_;
    Uuid agent_;              // of the worker
    bool holds_pool_ = false; // of the worker

    mutable std::mutex mutex_;
    mutable std::condition_variable_any swapped_;
    Published<Snapshot> newest_; // set with the lock held
    // The numbers of the newest that was told and read of each thing.
    struct Numbers {
        std::uint64_t told = 0, read = 0;
        std::uint64_t newest() const { return std::max(told, read); }
    };
    std::map<Uuid, Numbers, std::less<>> numbers_;
    std::uint64_t last_number_ = 0;
    std::uint64_t last_place_ = 0; // of a record; in a turn of the store
    std::array<std::uint64_t, 3>
        listed_at_{}; // the number of the newest listing of machines, volumes, networks
    std::map<Uuid, Known, std::less<>> known_;
    // That were ready, and that somebody else has taken away: where their disks were last.
    std::map<Uuid, std::string, std::less<>> undefined_;
    std::map<Uuid, Told, std::less<>> told_;

    mutable std::mutex queue_mutex_;
    std::condition_variable_any queued_;
    std::deque<Queued> queue_;
    bool must_refill_ = false;
    bool answering_ = false;

    std::jthread worker_;
};

} // namespace state
