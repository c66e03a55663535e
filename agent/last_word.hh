#pragma once
// The end of the agent comes in time, whatever hangs: a libvirtd, a disk, a guest. Once it is begun, the process ends
// by itself when the rest of it has not come to its end within `patience`: threads that hang are left behind. That
// loses nothing, since what was to be kept is on the disk before anybody hears of it, and what was under way is taken
// up by the next agent.
//
// Threads: begun and let go by one thread; has one of its own from then on.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

class LastWord {
public:
    explicit LastWord(std::chrono::milliseconds patience);
    ~LastWord(); // everything has come to its end
    LastWord(const LastWord&) = delete;
    LastWord& operator=(const LastWord&) = delete;

private:
    void wait() noexcept;

    const std::chrono::milliseconds patience_;
    std::mutex mutex_;
    std::condition_variable said_;
    bool over_ = false;
    std::thread thread_;
};
