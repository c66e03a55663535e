#pragma once
// The end of the agent comes in time, whatever hangs: a libvirtd, a disk, a guest. Once it is begun, the process ends
// by itself when the rest of it has not come to its end within `patience`: threads that hang are left behind. That
// loses nothing, since what was to be kept is on the disk before anybody hears of it, and what was under way is taken
// up by the next agent.
//
// The start may hang as well, with the disk of the state say, while nobody looks after signals yet: until started() a
// signal that asks for the end begins it.
//
// Threads: made, told and let go by one thread. Has one of its own during the start, and from the beginning of the end.

#include "agent/base/handle.hh"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

class LastWord {
public:
    // `ends`: the signals that ask for the end, which every thread has blocked.
    LastWord(const sigset_t& ends, std::chrono::milliseconds patience);
    ~LastWord(); // everything has come to its end
    LastWord(const LastWord&) = delete;
    LastWord& operator=(const LastWord&) = delete;

    // The start is over: from now on the caller looks after signals. Whether one has asked for the end already.
    bool started();
    // The end begins, unless it has.
    void begin();

private:
    void watch() noexcept;
    void wait() noexcept;

    const std::chrono::milliseconds patience_;
    const Descriptor signals_, wake_;
    std::mutex mutex_;
    std::condition_variable said_;
    bool started_ = false, asked_ = false, over_ = false;
    std::thread thread_;
};
