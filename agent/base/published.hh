#pragma once
// The newest of values that follow one another, for many readers that must not wait: not for each other, and not for
// the one who makes the next value or publishes it. A value never changes once it is published, and lives for as long
// as somebody holds it.
//
// The newest value lies in one of a few places. A reader says that it looks into the place that is the newest, and then
// makes sure that it still is: if so, nobody empties that place before the reader has taken its share of the value. If
// not, it has touched nothing and begins anew; that happens at most once for each value that is published meanwhile.
// The publisher fills and empties only places that are not the newest and that nobody looks into. If anybody has to
// wait, it is he: when in every other place a reader has been halted in the middle of that.
// (std::atomic<std::shared_ptr> of libstdc++ 12 is a spin lock, which the thread sanitizer does not understand.)
//
// Threads: get() on any; set() on one at a time.

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>

template <class T> class Published {
public:
    explicit Published(std::shared_ptr<const T> first) { places_[0].value = std::move(first); }
    Published(const Published&) = delete;
    Published& operator=(const Published&) = delete;

    std::shared_ptr<const T> get() const {
        for (;;) {
            const auto newest = newest_.load();
            auto& place = places_[newest];
            ++place.looking;
            const bool still_newest = newest_.load() == newest;
            auto value = still_newest ? place.value : nullptr;
            --place.looking;
            if (still_newest) return value;
        }
    }

    void set(std::shared_ptr<const T> next) {
        const auto free = free_place();
        places_[free].value = std::move(next);
        newest_.store(free);
        empty_old_places();
    }

private:
    // All orders are the strictest: a reader's announcement must come before its second look at what is the newest, and
    // the publisher's look at the announcements after it has named a newer one.
    struct alignas(64) Place {
        mutable std::atomic<unsigned> looking{0};
        std::shared_ptr<const T> value;
    };

    std::size_t free_place() const {
        for (std::size_t i = 0;; i = (i + 1) % places_.size()) {
            if (i != newest_.load() && places_[i].looking.load() == 0) return i;
            if (i + 1 == places_.size()) std::this_thread::yield();
        }
    }
    void empty_old_places() {
        for (std::size_t i = 0; i < places_.size(); ++i)
            if (i != newest_.load() && places_[i].looking.load() == 0) places_[i].value.reset();
    }

    std::array<Place, 8> places_;
    std::atomic<std::size_t> newest_{0};
};
