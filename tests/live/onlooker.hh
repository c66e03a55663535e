#pragma once
// Witnesses of what must not happen: a file of the host that nobody may open, an address that nobody may call, a
// stranger who tries to open whatever appears in a folder.
//
// Threads: each has one of its own, or none; made and asked by one.

#include "agent/base/handle.hh"

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace live {

// A file from now on: whether anybody has opened, read or changed it.
class UntouchedFile {
public:
    explicit UntouchedFile(const std::filesystem::path&);
    bool was_touched() const;

private:
    Descriptor watch_;
};

// A port of the loopback that waits for a caller.
class SilentPort {
public:
    SilentPort();
    unsigned number() const noexcept { return number_; }
    bool was_called() const;

private:
    Descriptor socket_;
    unsigned number_ = 0;
};

// Somebody who is nobody (uid 65534), and tries to read each file of these folders as soon as anything happens to it.
class Stranger {
public:
    explicit Stranger(const std::vector<std::filesystem::path>& folders);
    ~Stranger();
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;

    // Stops, and tells what could be read, and how many tries there were.
    std::vector<std::string> read();
    unsigned tries() const noexcept { return tries_; }

private:
    void look(const std::stop_token&);

    Descriptor watch_;
    std::vector<std::pair<int, std::filesystem::path>> folders_;
    std::vector<std::string> read_;
    std::atomic<unsigned> tries_ = 0;
    std::jthread thread_;
};

} // namespace live
