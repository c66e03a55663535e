#pragma once
// A disk that can hang in place of a folder, for as long as this lives: a file system in user space (FUSE) whose
// process is stopped. Whoever asks anything of it then waits, in the kernel, until it is let go.
//
// Threads: one at a time.

#include "tests/live/frozen.hh"

#include <filesystem>
#include <optional>
#include <sys/types.h>

namespace live {

class HungDisk {
public:
    // What is on it lies in `behind`, which is made. Throws std::runtime_error when there can be no such file system.
    HungDisk(std::filesystem::path folder, const std::filesystem::path& behind);
    ~HungDisk(); // lets it go
    HungDisk(const HungDisk&) = delete;
    HungDisk& operator=(const HungDisk&) = delete;

    static bool is_possible(); // here

    void hang();
    void go_on() noexcept;

private:
    std::filesystem::path folder_;
    pid_t server_ = -1;
    std::optional<Frozen> frozen_;
};

} // namespace live
