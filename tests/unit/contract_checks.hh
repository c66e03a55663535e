#pragma once
// What the checks of the contract have in common: what was told, what failed and how.
//
// Threads: one; the host tells its changes on another.

#include "agent/base/error.hh"
#include "drivers/contract/host.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace contract {

constexpr std::uint64_t mebibyte = 1 << 20;

// Stub of a listener: remembers who changed.
class Witness : public hv::Listener {
public:
    explicit Witness(hv::Host& host) : host_(host) { host.hypervisor().watch(*this); }
    ~Witness() override { host_.hypervisor().unwatch(); }

    void changed(const hv::Change& change) noexcept override {
        note([&] { changes_.push_back(change); });
    }
    void found() noexcept override {
        note([&] { ++found_; });
    }
    void lost(const std::string& why) noexcept override {
        note([&] { why_lost_ = why; });
    }

    bool sees(hv::Change::Subject subject, const Uuid& id) {
        return wait([&] {
            return std::ranges::any_of(
                changes_, [&](const auto& each) { return each.subject == subject && each.id == id; });
        });
    }
    // Whether it is told so, with what a client would be shown of it.
    bool hears(const Uuid& id, std::string_view what, hv::MachineState state, std::string_view detail = {}) {
        return wait([&] {
            return std::ranges::any_of(changes_, [&](const auto& each) {
                return each.id == id && each.what == what && each.state == state &&
                       (detail.empty() || each.detail == detail);
            });
        });
    }
    bool finds_it(unsigned times = 1) {
        return wait([&] { return found_ >= times; });
    }
    bool loses_it(const std::string& why) {
        return wait([&] { return why_lost_ == why; });
    }
    void forget() {
        std::lock_guard hold(mutex_);
        changes_.clear();
    }
    std::vector<hv::Change> changes() {
        std::lock_guard hold(mutex_);
        return changes_;
    }

private:
    template <class F> void note(F&& what) {
        std::lock_guard hold(mutex_);
        what();
        noted_.notify_all();
    }
    template <class F> bool wait(F&& holds) {
        std::unique_lock hold(mutex_);
        return noted_.wait_for(hold, std::chrono::seconds(20), holds);
    }

    hv::Host& host_;
    std::mutex mutex_;
    std::condition_variable noted_;
    std::vector<hv::Change> changes_;
    unsigned found_ = 0;
    std::string why_lost_;
};

// Checks that `act` throws an Error of that fault with a sentence in our manner.
template <class F> void fails(Fault fault, F&& act) {
    BOOST_CHECK_EXCEPTION(act(), Error, [&](const Error& error) {
        const std::string sentence = error.what();
        BOOST_TEST(!sentence.empty());
        BOOST_TEST(!sentence.ends_with('.'));
        BOOST_TEST_MESSAGE(sentence);
        return error.fault() == fault;
    });
}

template <class T> bool lists(const std::vector<T>& things, const Uuid& id) {
    return std::ranges::any_of(things, [&](const auto& thing) { return thing.id == id; });
}

} // namespace contract
