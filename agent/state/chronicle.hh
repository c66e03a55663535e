#pragma once
// Writes down what happens, in the order it is told, on a thread of its own: events into the log, what was last seen of
// each machine into the store. The thread that tells something never waits for the disk. When the disk does not take
// it, it is tried again. It also looks after the store when it is asked to: this thread may hang with the disk.
//
// Threads: any. The destructor writes what is left.

#include "agent/state/event_log.hh"
#include "agent/state/store.hh"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace state {

class Chronicle {
public:
    Chronicle(EventLog&, Store&);
    ~Chronicle();
    Chronicle(const Chronicle&) = delete;
    Chronicle& operator=(const Chronicle&) = delete;

    void note(Event);
    void note(Event, Sighting); // the event and the state that it led to, in one
    void remember(Sighting);
    void forget(const Uuid& machine);
    void look_after_store(); // soon

    // Waits until all that was told before is written, or could not be within `patience`. Whether it is.
    bool settle(std::chrono::milliseconds patience = std::chrono::seconds(10));

private:
    struct Entry {
        std::optional<Event> event;
        std::optional<Sighting> sighting;
        Uuid forgotten;
    };
    void tell(Entry);
    void work(std::stop_token);
    bool write(std::vector<Entry>&) noexcept;

    EventLog& log_;
    Store& store_;
    std::mutex mutex_;
    std::condition_variable_any moved_;
    std::vector<Entry> queue_;
    bool must_look_ = false;
    std::uint64_t told_ = 0, written_ = 0, lost_ = 0;
    std::jthread thread_;
};

} // namespace state
