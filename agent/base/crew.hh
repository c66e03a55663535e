#pragma once
// Threads for calls that may never return. Idle ones are kept for a while and used again, so that a call costs two
// switches of threads and not a new one; one that does not come back is simply never idle again.
//
// Threads: any. The errands own all that they touch: those that still run when the Crew goes are left behind.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

class Crew {
public:
    // Each thread has the name, of 15 characters at most, and ends when nobody has needed it for `rest`.
    explicit Crew(std::string name, std::chrono::milliseconds rest = std::chrono::minutes(1));
    ~Crew(); // waits for nobody who is at work
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    // Begins at once and returns. The errand must not throw, and is destroyed on its thread, before that is used again.
    // Throws Error{busy} when there is no thread to be had.
    void run(std::function<void()> errand);

    std::size_t idle() const;

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};
