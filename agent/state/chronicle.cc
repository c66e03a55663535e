#include "agent/state/chronicle.hh"

#include "agent/base/log.hh"

#include <pthread.h>
#include <utility>

namespace state {
namespace {

constexpr std::size_t most_queued = 500'000; // while the disk takes nothing
constexpr auto between_attempts = std::chrono::seconds(1);

} // namespace

Chronicle::Chronicle(EventLog& log, Store& store)
    : log_(log), store_(store), thread_([this](std::stop_token stop) { work(stop); }) {}

Chronicle::~Chronicle() {
    thread_.request_stop();
    thread_.join();
}

void Chronicle::tell(Entry entry) {
    // The time of what happened, not of its writing.
    if (entry.event && entry.event->at == Time{}) entry.event->at = std::chrono::system_clock::now();
    {
        std::lock_guard hold(mutex_);
        ++told_;
        if (queue_.size() < most_queued)
            queue_.push_back(std::move(entry));
        else
            ++lost_;
    }
    moved_.notify_all();
}

void Chronicle::note(Event event) { tell({std::move(event), {}, {}}); }
void Chronicle::note(Event event, Sighting sighting) { tell({std::move(event), std::move(sighting), {}}); }
void Chronicle::remember(Sighting sighting) { tell({{}, std::move(sighting), {}}); }
void Chronicle::forget(const Uuid& machine) { tell({{}, {}, machine}); }

void Chronicle::look_after_store() {
    {
        std::lock_guard hold(mutex_);
        must_look_ = true;
    }
    moved_.notify_all();
}

bool Chronicle::settle(std::chrono::milliseconds patience) {
    std::unique_lock hold(mutex_);
    const auto goal = told_;
    return moved_.wait_for(hold, patience, [&] { return written_ >= goal; });
}

// The events that are written are taken out, so that they are not written again when the rest fails.
bool Chronicle::write(std::vector<Entry>& entries) noexcept try {
    std::vector<Event> events;
    std::vector<Sighting> seen;
    std::vector<Uuid> forgotten;
    for (const auto& entry : entries) {
        if (entry.event) events.push_back(*entry.event);
        if (entry.sighting) {
            std::erase(forgotten, entry.sighting->id);
            seen.push_back(*entry.sighting);
        }
        if (!entry.forgotten.empty()) {
            std::erase_if(seen, [&](const Sighting& each) { return each.id == entry.forgotten; });
            forgotten.push_back(entry.forgotten);
        }
    }
    // The events first: after a crash in between the next start tells them once more, rather than never.
    log_.record(std::move(events));
    for (auto& entry : entries) entry.event.reset();
    store_.put(seen);
    store_.drop_sightings(forgotten);
    return true;
} catch (const std::exception& failure) {
    logging::error("what happened cannot be written down: {}; it will be tried again", failure.what());
    return false;
}

void Chronicle::work(std::stop_token stop) {
    pthread_setname_np(pthread_self(), "chronicle");
    std::unique_lock hold(mutex_);
    for (;;) {
        moved_.wait(hold, stop, [this] { return must_look_ || !queue_.empty(); });
        if (std::exchange(must_look_, false)) {
            hold.unlock();
            store_.database().look_after();
            hold.lock();
            continue;
        }
        if (queue_.empty()) return; // told to stop
        auto entries = std::exchange(queue_, {});
        const auto goal = told_;
        if (const auto lost = std::exchange(lost_, 0)) {
            Event gap;
            gap.subject = "agent";
            gap.what = "events lost";
            gap.detail =
                std::to_string(lost) + " events could not be kept: the disk took nothing for too long";
            entries.push_back({gap, {}, {}});
        }
        hold.unlock();
        bool done = write(entries);
        while (!done && !stop.stop_requested()) {
            std::unique_lock pause(mutex_);
            moved_.wait_for(pause, stop, between_attempts, [] { return false; });
            pause.unlock();
            done = write(entries);
        }
        hold.lock();
        written_ = goal;
        moved_.notify_all();
        if (!done) return;
    }
}

} // namespace state
