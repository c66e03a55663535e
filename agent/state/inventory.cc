#include "agent/state/inventory.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"

#include <array>
#include <utility>

namespace state {
namespace {

constexpr std::chrono::milliseconds shortest_pause = std::chrono::seconds(1),
                                    longest_pause = std::chrono::seconds(30);
constexpr std::uint64_t remembered_readings = 10'000;

template <class T> std::uint64_t next_number(std::mutex& mutex, T& last) {
    std::lock_guard hold(mutex);
    return ++last;
}

} // namespace

Inventory::Inventory(hv::Host& host, Store& store) : host_(host), store_(store) {
    auto first = std::make_shared<Snapshot>();
    for (auto& record : store.computes())
        first->compute_records[record.id] = std::make_shared<const ComputeRecord>(record);
    for (auto& record : store.storages())
        first->storage_records[record.id] = std::make_shared<const StorageRecord>(record);
    for (auto& record : store.networks())
        first->network_records[record.id] = std::make_shared<const NetworkRecord>(record);
    newest_ = std::move(first);
}

Inventory::~Inventory() { unwatch(); }

void Inventory::watch(std::function<void()> refilled) {
    refilled_ = std::move(refilled);
    worker_ = std::jthread([this](std::stop_token stop) { work(stop); });
    host_.watch(*this);
}

void Inventory::unwatch() noexcept {
    if (!worker_.joinable()) return;
    host_.unwatch();
    worker_.request_stop();
    worker_.join();
}

std::shared_ptr<const Snapshot> Inventory::now() const {
    std::lock_guard hold(mutex_);
    return newest_;
}

bool Inventory::wait(const std::function<bool(const Snapshot&)>& holds, std::chrono::milliseconds deadline,
                     std::stop_token stop) const {
    const auto until = std::chrono::steady_clock::now() + deadline;
    std::unique_lock hold(mutex_);
    for (;;) {
        const auto seen = newest_;
        hold.unlock();
        if (holds(*seen)) return true;
        hold.lock();
        const bool moved = swapped_.wait_until(hold, stop, until, [&] { return newest_ != seen; });
        if (!moved) return false;
    }
}

void Inventory::swap(const std::function<void(Snapshot&)>& change) {
    {
        std::lock_guard hold(mutex_);
        auto next = std::make_shared<Snapshot>(*newest_);
        change(*next);
        newest_ = std::move(next);
    }
    swapped_.notify_all();
}

// ---- from the driver -----------------------------------------------------------------------------------------------

template <class T>
void Inventory::take(Table<T> Snapshot::*table, const Uuid& id, std::uint64_t number, std::optional<T> seen) {
    swap([&](Snapshot& next) {
        auto& newest = read_at_[id];
        if (newest > number) return;
        newest = number;
        if (seen)
            (next.*table)[id] = std::make_shared<const T>(std::move(*seen));
        else {
            (next.*table).erase(id);
            next.troubles.erase(id);
        }
        // The number of a thing that is gone stays for a while, so that a slow older reading cannot bring it back.
        if (read_at_.size() > 2 * remembered_readings)
            std::erase_if(read_at_, [&](const auto& entry) {
                return entry.second + remembered_readings < last_number_;
            });
    });
}

template <class T>
void Inventory::replace(Snapshot& next, Table<T> Snapshot::*table, std::vector<T> seen,
                        std::uint64_t number) {
    Table<T> fresh;
    for (auto& thing : seen) {
        const auto id = thing.id;
        fresh[id] = std::make_shared<const T>(std::move(thing));
    }
    // What was read after the listing began is newer than the listing, whether it is there or gone.
    for (const auto& [id, when] : read_at_) {
        if (when <= number) continue;
        const auto known = (next.*table).find(id);
        if (known == (next.*table).end())
            fresh.erase(id);
        else
            fresh[id] = known->second;
    }
    next.*table = std::move(fresh);
}

void Inventory::reread_machine(const Uuid& id) {
    const auto number = next_number(mutex_, last_number_);
    take(&Snapshot::machines, id, number, host_.compute().find(id));
}

void Inventory::reread_volume(const Uuid& id) {
    const auto number = next_number(mutex_, last_number_);
    take(&Snapshot::volumes, id, number, host_.storage().find(id));
}

void Inventory::reread_network(const Uuid& id) {
    const auto number = next_number(mutex_, last_number_);
    take(&Snapshot::networks, id, number, host_.network().find(id));
}

bool Inventory::list() try {
    const auto number = next_number(mutex_, last_number_);
    auto machines = host_.compute().list();
    auto volumes = host_.storage().list();
    auto networks = host_.network().list();
    swap([&](Snapshot& next) {
        replace(next, &Snapshot::machines, std::move(machines), number);
        replace(next, &Snapshot::volumes, std::move(volumes), number);
        replace(next, &Snapshot::networks, std::move(networks), number);
        next.complete = next.connected = true;
        next.why_lost.clear();
        std::erase_if(read_at_, [&](const auto& entry) { return entry.second <= number; });
    });
    return true;
} catch (const std::exception& failure) {
    logging::warning("cannot list the node: {}", failure.what());
    return false;
}

bool Inventory::refill() {
    if (!list()) return false;
    const auto seen = now();
    logging::info("listed {} machines, {} volumes, {} networks", seen->machines.size(), seen->volumes.size(),
                  seen->networks.size());
    if (refilled_) refilled_();
    return true;
}

void Inventory::changed(const hv::Change& change) noexcept {
    std::lock_guard hold(queue_mutex_);
    queue_.push_back(change);
    queued_.notify_all();
}

void Inventory::found() noexcept {
    std::lock_guard hold(queue_mutex_);
    must_refill_ = answering_ = true;
    queue_.clear(); // a full listing covers them
    queued_.notify_all();
}

void Inventory::lost(const std::string& why) noexcept {
    logging::warning("the hypervisor does not answer: {}", why);
    {
        std::lock_guard hold(queue_mutex_);
        answering_ = false; // found() will ask for the next listing
    }
    swap([&](Snapshot& next) {
        next.connected = false;
        next.why_lost = why;
    });
}

void Inventory::take_in(const hv::Change& change) try {
    using Subject = hv::Change::Subject;
    logging::debug("{} {}", change.id, change.what);
    switch (change.subject) {
    case Subject::machine: return reread_machine(change.id);
    case Subject::volume: return reread_volume(change.id);
    case Subject::network: return reread_network(change.id);
    }
} catch (const std::exception& failure) {
    // Lost meanwhile: found() will come and everything is listed anew.
    logging::debug("cannot read {} again: {}", change.id, failure.what());
}

// Waits until something is queued or the next listing is due, and takes it.
Inventory::Task Inventory::next_task(const std::stop_token& stop, Clock::time_point due) {
    Task task;
    std::unique_lock hold(queue_mutex_);
    queued_.wait_until(hold, stop, due, [&] { return must_refill_ || !queue_.empty(); });
    task.found = std::exchange(must_refill_, false);
    task.due = Clock::now() >= due;
    task.answering = answering_;
    // A burst about one thing is one reading.
    std::set<std::pair<hv::Change::Subject, Uuid>> told;
    for (auto& change : queue_)
        if (told.insert({change.subject, change.id}).second) task.changes.push_back(std::move(change));
    queue_.clear();
    return task;
}

// Events can be lost, most of all around a restart of libvirtd: so the listing is repeated, soon after a connection and then
// more and more seldom.
void Inventory::work(std::stop_token stop) {
    auto pause = shortest_pause;
    auto due = Clock::now() + pause;
    bool filled = false; // since the last found()
    for (;;) {
        const auto task = next_task(stop, due);
        if (stop.stop_requested()) return;
        if (task.found) {
            filled = false;
            pause = shortest_pause;
        }
        if (task.found || (task.due && task.answering)) {
            if (filled)
                list();
            else
                filled = refill();
        }
        if (task.found || task.due) {
            due = Clock::now() + pause;
            pause = std::min(pause * 3, longest_pause);
        }
        for (const auto& change : task.changes) take_in(change);
    }
}

// ---- our records ---------------------------------------------------------------------------------------------------

void Inventory::put(const ComputeRecord& record) {
    store_.put(record);
    swap([&](Snapshot& next) {
        next.compute_records[record.id] = std::make_shared<const ComputeRecord>(record);
    });
}

void Inventory::put(const StorageRecord& record) {
    store_.put(record);
    swap([&](Snapshot& next) {
        next.storage_records[record.id] = std::make_shared<const StorageRecord>(record);
    });
}

void Inventory::put(const NetworkRecord& record) {
    store_.put(record);
    swap([&](Snapshot& next) {
        next.network_records[record.id] = std::make_shared<const NetworkRecord>(record);
    });
}

void Inventory::drop_compute(const Uuid& id) {
    store_.drop_compute(id);
    swap([&](Snapshot& next) { next.compute_records.erase(id); });
}

void Inventory::drop_storage(const Uuid& id) {
    store_.drop_storage(id);
    swap([&](Snapshot& next) { next.storage_records.erase(id); });
}

void Inventory::drop_network(const Uuid& id) {
    store_.drop_network(id);
    swap([&](Snapshot& next) { next.network_records.erase(id); });
}

void Inventory::set_trouble(const Uuid& id, const std::string& sentence) {
    swap([&](Snapshot& next) {
        if (sentence.empty())
            next.troubles.erase(id);
        else
            next.troubles[id] = sentence;
    });
}

} // namespace state
