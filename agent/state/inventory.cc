#include "agent/state/inventory.hh"

#include "agent/base/answering.hh"
#include "agent/base/error.hh"
#include "agent/base/log.hh"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

namespace state {
namespace {

constexpr std::chrono::milliseconds shortest_pause = std::chrono::seconds(1),
                                    after_a_failure = std::chrono::seconds(3),
                                    longest_pause = std::chrono::seconds(30);
constexpr std::uint64_t remembered_readings = 10'000;
constexpr int most_rereadings = 10;

template <class T> Table<T> table_of(std::vector<T> all) {
    std::map<Uuid, std::shared_ptr<const T>, std::less<>> sorted;
    for (auto& each : all) {
        const auto id = each.id;
        sorted[id] = std::make_shared<const T>(std::move(each));
    }
    return Table<T>(sorted);
}

Snapshot recorded_in(Store& store) {
    Snapshot first;
    first.compute_records = table_of(store.computes());
    first.storage_records = table_of(store.storages());
    first.network_records = table_of(store.networks());
    first.mixin_records = table_of(store.mixins());
    return first;
}

template <class Record> std::uint64_t last_place_in(const Table<Record>& records) {
    std::uint64_t last = 0;
    for (const auto& [id, record] : records) last = std::max(last, record->place);
    return last;
}

template <class T> std::uint64_t next_number(std::mutex& mutex, T& last) {
    std::lock_guard hold(mutex);
    return ++last;
}

} // namespace

Inventory::Inventory(hv::Host& host, Store& store, Chronicle& chronicle)
    : host_(host), store_(store), chronicle_(chronicle),
      newest_(std::make_shared<const Snapshot>(recorded_in(store))) {
    const auto first = now();
    last_place_ = std::max({last_place_in(first->compute_records), last_place_in(first->storage_records),
                            last_place_in(first->network_records)});
    for (auto& sighting : store.sightings()) {
        const auto id = sighting.id;
        if (sighting.undefined)
            undefined_[id] = std::move(sighting.whereabouts);
        else
            known_[id].sighting = std::move(sighting);
    }
}

Inventory::~Inventory() { unwatch(); }

void Inventory::watch(std::function<void()> refilled, std::function<void()> networks_read) {
    refilled_ = std::move(refilled);
    networks_read_ = std::move(networks_read);
    worker_ = std::jthread([this](std::stop_token stop) { work(stop); });
    host_.hypervisor().watch(*this);
}

void Inventory::unwatch() noexcept {
    if (!worker_.joinable()) return;
    host_.hypervisor().unwatch();
    worker_.request_stop();
    worker_.join();
}

std::shared_ptr<const Snapshot> Inventory::now() const { return newest_.get(); }

bool Inventory::wait(const std::function<bool(const Snapshot&)>& holds, std::chrono::milliseconds deadline,
                     std::stop_token stop) const {
    const auto until = std::chrono::steady_clock::now() + deadline;
    for (;;) {
        const auto seen = now();
        if (holds(*seen)) return true;
        std::unique_lock hold(mutex_);
        const bool moved = swapped_.wait_until(hold, stop, until, [&] { return now() != seen; });
        if (!moved) return false;
    }
}

void Inventory::swap(const std::function<void(Snapshot&)>& change) {
    {
        std::lock_guard hold(mutex_);
        auto next = std::make_shared<Snapshot>(*now());
        change(*next);
        newest_.set(std::move(next));
    }
    swapped_.notify_all();
}

// ---- from the driver -----------------------------------------------------------------------------------------------

template <class T> std::uint64_t& Inventory::listed_at() {
    if constexpr (std::is_same_v<T, hv::Machine>)
        return listed_at_[0];
    else
        return listed_at_[std::is_same_v<T, hv::Volume> ? 1 : 2];
}

// Whether what is shown now was read no earlier, and nothing was told since. When there was a newer reading, it stays.
template <class T>
bool Inventory::take(Table<T> Snapshot::*table, const Uuid& id, std::uint64_t number, std::optional<T> seen) {
    bool is_shown = true;
    swap([&](Snapshot& next) {
        auto& known = numbers_[id];
        known.read = std::max(known.read, listed_at<T>());
        is_shown = known.told <= std::max(known.read, number);
        if (known.newest() > number) return;
        known.read = number;
        if (seen) show_as_of_others(next, *seen);
        if constexpr (std::is_same_v<T, hv::Machine>) {
            if (seen)
                reconcile(*seen);
            else if (const auto* before = find(next.machines, id))
                tell_gone(next, *before);
        }
        if (seen)
            (next.*table).put(id, std::make_shared<const T>(std::move(*seen)));
        else {
            (next.*table).erase(id);
            next.troubles.erase(id);
        }
        // The number of a thing that is gone stays for a while, so that a slow older reading cannot bring it back.
        if (numbers_.size() > 2 * remembered_readings)
            std::erase_if(numbers_, [&](const auto& entry) {
                return entry.second.newest() + remembered_readings < last_number_;
            });
    });
    return is_shown;
}

// Until nothing was told of the thing since it was read: whoever reads it again relies on what is shown when this
// returns. What another one has read meanwhile does as well. In a storm of such news the one who takes them in does the
// rest.
template <class T, class F> void Inventory::reread(Table<T> Snapshot::*table, const Uuid& id, F&& read) {
    for (int attempt = 0; attempt < most_rereadings; ++attempt) {
        const auto number = next_number(mutex_, last_number_);
        if (take(table, id, number, std::optional<T>(read()))) return;
    }
}

template <class T>
void Inventory::replace(Snapshot& next, Table<T> Snapshot::*table, std::vector<T> seen,
                        std::uint64_t number) {
    std::map<Uuid, std::shared_ptr<const T>, std::less<>> fresh;
    for (auto& thing : seen) {
        const auto id = thing.id;
        show_as_of_others(next, thing);
        // What was read after the listing began has been told of already.
        if constexpr (std::is_same_v<T, hv::Machine>)
            if (const auto known = numbers_.find(id);
                known == numbers_.end() || known->second.newest() <= number)
                reconcile(thing);
        fresh[id] = std::make_shared<const T>(std::move(thing));
    }
    // What was read after the listing began is newer than the listing, whether it is there or gone.
    for (const auto& [id, numbers] : numbers_) {
        if (numbers.newest() <= number) continue;
        if (const auto* known = (next.*table).find(id))
            fresh[id] = *known;
        else
            fresh.erase(id);
    }
    Table<T> listed(fresh);
    if constexpr (std::is_same_v<T, hv::Machine>) {
        for (const auto& [id, machine] : next.*table)
            if (!listed.contains(id)) tell_gone(next, *machine);
        tell_never_listed(next);
        note_undefined(next, listed);
    }
    next.*table = std::move(listed);
    listed_at<T>() = number;
}

void Inventory::reread_machine(const Uuid& id) {
    reread(&Snapshot::machines, id, [&] {
        const auto began = Clock::now();
        auto machine = host_.compute().find(id);
        if (machine) machine->read_at = began;
        return machine;
    });
}

void Inventory::reread_volume(const Uuid& id) {
    reread(&Snapshot::volumes, id, [&] { return host_.storage().find(id); });
}

void Inventory::reread_network(const Uuid& id) {
    reread(&Snapshot::networks, id, [&] { return host_.network().find(id); });
}

// Of a pool that cannot be asked, because its disk hangs, nobody knows: what is there is shown, and nothing is changed.
hv::Storage::Standing Inventory::stand(const Uuid& known) try {
    return host_.storage().settle(known);
} catch (const Error& failure) {
    return {known, failure.what()};
}

// Before anything is listed: what is ours depends on it. Again for as long as somebody else has the pool.
void Inventory::settle_whose() {
    if (holds_pool_) return;
    const bool first = agent_.empty();
    const auto standing = stand(first ? store_.fact(fact::agent) : agent_);
    agent_ = standing.agent;
    holds_pool_ = standing.why_not.empty();
    if (holds_pool_) store_.put_fact(fact::agent, agent_);
    host_.hypervisor().be(agent_);
    if (now()->why_foreign == standing.why_not) return;
    if (holds_pool_)
        logging::info("the storage pool is ours again");
    else
        logging::error("{}", standing.why_not);
    swap([&](Snapshot& next) { next.why_foreign = standing.why_not; });
}

Inventory::Pool Inventory::look_into_pool() try {
    return {host_.storage().list(), ""};
} catch (const Error& failure) {
    return {{}, failure.what()};
}

void Inventory::take_pool(Snapshot& next, Pool pool, std::uint64_t number) {
    if (pool.trouble.empty()) {
        replace(next, &Snapshot::volumes, std::move(pool.volumes), number);
        next.pool_listed = true;
    } else if (next.why_no_pool.empty()) {
        next.pool_lost_at = std::chrono::system_clock::now();
    }
    if (next.why_no_pool != pool.trouble)
        tell_agent(pool.trouble.empty() ? "pool found" : "pool lost", pool.trouble);
    next.why_no_pool = std::move(pool.trouble);
}

bool Inventory::list() try {
    settle_whose();
    const auto number = next_number(mutex_, last_number_);
    const auto began = Clock::now();
    auto machines = host_.compute().list();
    auto networks = host_.network().list();
    auto pool = look_into_pool();
    auto complaints = host_.hypervisor().complaints();
    for (auto& machine : machines) machine.read_at = began;
    swap([&](Snapshot& next) {
        replace(next, &Snapshot::machines, std::move(machines), number);
        take_pool(next, std::move(pool), number);
        replace(next, &Snapshot::networks, std::move(networks), number);
        next.complete = next.connected = true;
        next.why_lost.clear();
        next.why_unlisted.clear();
        next.complaints = std::move(complaints);
        next.checked_at = began;
        std::erase_if(numbers_, [&](const auto& entry) { return entry.second.newest() <= number; });
    });
    return true;
} catch (const std::exception& failure) {
    tell_unlisted(failure.what());
    return false;
}

// Cheaper than a listing, and enough to find what no event told of: only machines that look different are read again.
bool Inventory::compare() try {
    if (!holds_pool_) {
        settle_whose();
        if (holds_pool_) return refill();
    }
    const auto began = Clock::now();
    const auto number = next_number(mutex_, last_number_);
    const auto sights = host_.compute().glance();
    auto networks = host_.network().list();
    auto pool = look_into_pool();
    auto complaints = host_.hypervisor().complaints();
    const auto before = now();
    std::set<Uuid> doubtful;
    for (const auto& [id, machine] : before->machines) doubtful.insert(id);
    for (const auto& sight : sights) {
        const auto* machine = find(before->machines, sight.id);
        const bool same = machine && machine->state == sight.state && machine->stuck == sight.stuck &&
                          (machine->reason == sight.reason || sight.reason.empty());
        if (same)
            doubtful.erase(sight.id);
        else
            doubtful.insert(sight.id);
    }
    for (const auto& id : doubtful) reread_machine(id);
    swap([&](Snapshot& next) {
        take_pool(next, std::move(pool), number);
        replace(next, &Snapshot::networks, std::move(networks), number);
        next.why_unlisted.clear();
        next.complaints = std::move(complaints);
        next.checked_at = began;
    });
    if (!before->pool_listed && now()->pool_listed && refilled_) refilled_();
    if (networks_read_) networks_read_();
    return true;
} catch (const Error& failure) {
    if (failure.fault() != Fault::busy) tell_unlisted(failure.what());
    return false;
} catch (const std::exception& failure) {
    tell_unlisted(failure.what());
    return false;
}

// While it does not answer at all that is what there is to tell, and lost() does.
void Inventory::tell_unlisted(const std::string& why) {
    {
        std::lock_guard hold(queue_mutex_);
        if (!answering_) return;
    }
    if (now()->why_unlisted != why) logging::warning("cannot list the node: {}", why);
    swap([&](Snapshot& next) { next.why_unlisted = why; });
}

// ---- the worker ----------------------------------------------------------------------------------------------------

bool Inventory::refill() {
    if (!list()) return false;
    tell_agent("libvirt found", "");
    const auto seen = now();
    logging::info("listed {} machines, {} volumes, {} networks", seen->machines.size(), seen->volumes.size(),
                  seen->networks.size());
    if (refilled_) refilled_();
    return true;
}

void Inventory::changed(const hv::Change& change) noexcept {
    std::uint64_t number = 0;
    {
        // A reading that began before this is too old to be believed.
        std::lock_guard hold(mutex_);
        number = numbers_[change.id].told = ++last_number_;
        count(change);
        tell(change);
    }
    std::lock_guard hold(queue_mutex_);
    queue_.push_back({change, number});
    queued_.notify_all();
}

void Inventory::count(const hv::Change& change) {
    if (change.subject != hv::Change::Subject::machine) return;
    if (change.what == "undefined") {
        told_.erase(change.id);
        return;
    }
    auto& told = told_[change.id];
    if (change.what == "started" || change.what == "rebooted") ++told.boots;
    if (change.state) ++told.arrivals.at(static_cast<std::size_t>(*change.state));
}

Inventory::Told Inventory::told_of(const Uuid& machine) const {
    std::lock_guard hold(mutex_);
    const auto known = told_.find(machine);
    return known == told_.end() ? Told{} : known->second;
}

void Inventory::found() noexcept {
    // Until the first listing it was away for nobody; that it is being listed is waited for.
    if (!now()->complete) swap([](Snapshot& next) { next.why_lost.clear(); });
    std::lock_guard hold(queue_mutex_);
    must_refill_ = answering_ = true;
    queue_.clear(); // a full listing covers them
    queued_.notify_all();
}

void Inventory::lost(const std::string& why) noexcept {
    logging::warning("the hypervisor does not answer: {}", why);
    tell_agent("libvirt lost", why);
    {
        std::lock_guard hold(queue_mutex_);
        answering_ = false; // found() will ask for the next listing
    }
    swap([&](Snapshot& next) {
        if (next.connected || next.lost_at == std::chrono::system_clock::time_point{})
            next.lost_at = std::chrono::system_clock::now();
        next.connected = false;
        next.why_lost = why;
        next.why_unlisted.clear();
    });
}

// Then its effect is in the snapshot.
bool Inventory::is_read_since(const Queued& told) const {
    std::lock_guard hold(mutex_);
    const auto known = numbers_.find(told.change.id);
    return known != numbers_.end() && known->second.read > told.number;
}

void Inventory::take_in(const Queued& told) try {
    using Subject = hv::Change::Subject;
    const auto& change = told.change;
    logging::debug("{} {} {}", change.id, change.what, change.detail);
    // Whoever has read a network since told nobody of it.
    if (is_read_since(told)) {
        if (change.subject == Subject::network && networks_read_) networks_read_();
        return;
    }
    switch (change.subject) {
    case Subject::machine: return reread_machine(change.id);
    case Subject::volume:
        if (change.id.empty())
            compare();
        else
            reread_volume(change.id);
        return;
    case Subject::network:
        reread_network(change.id);
        if (networks_read_) networks_read_();
        return;
    }
} catch (const std::exception& failure) {
    // Lost meanwhile: found() will come and everything is listed anew.
    logging::debug("cannot read {} again: {}", told.change.id, failure.what());
}

// Waits until something is queued or the next listing is due, and takes it.
Inventory::Errand Inventory::next_errand(const std::stop_token& stop, Clock::time_point due) {
    Errand errand;
    std::unique_lock hold(queue_mutex_);
    queued_.wait_until(hold, stop, due, [&] { return must_refill_ || !queue_.empty(); });
    errand.found = std::exchange(must_refill_, false);
    errand.due = Clock::now() >= due;
    errand.answering = answering_;
    // A burst about one thing is one reading, after the last of it.
    std::map<std::pair<hv::Change::Subject, Uuid>, std::size_t> places;
    for (auto& told : queue_) {
        const auto [place, is_first] =
            places.try_emplace({told.change.subject, told.change.id}, errand.changes.size());
        if (is_first)
            errand.changes.push_back(std::move(told));
        else
            errand.changes[place->second].number = told.number;
    }
    queue_.clear();
    return errand;
}

// Events can be lost, most of all around a restart of libvirtd: so what is known is compared, soon after a connection
// and then more and more seldom.
void Inventory::work(std::stop_token stop) {
    auto pause = shortest_pause;
    auto due = Clock::now() + pause;
    bool filled = false; // since the last found()
    for (;;) {
        const auto errand = next_errand(stop, due);
        if (stop.stop_requested()) return;
        if (errand.found) {
            filled = false;
            pause = shortest_pause;
        }
        bool whole = true; // all there was to list
        if (errand.found || (errand.due && errand.answering)) {
            whole = filled ? compare() : refill();
            if (!filled) filled = whole;
        }
        // What the last run left is taken up, and waits for the store if need be. From now on what is seen must be
        // shown, whether the store takes anything or not.
        if (filled && now()->pool_listed) answering::mark_this_thread();
        if (errand.due) chronicle_.look_after_store();
        if (!whole) pause = std::min(pause, after_a_failure); // somebody may be mending it
        if (errand.found || errand.due) {
            due = Clock::now() + pause;
            // Until it has been listed, nothing is known and nothing served: a hitch then must not cost half a minute.
            pause = errand.answering && !filled ? shortest_pause : std::min(pause * 3, longest_pause);
        }
        for (const auto& told : errand.changes) take_in(told);
    }
}

} // namespace state
