#pragma once
// The real agent as a process of its own, on the real libvirt of the private host that the tests run in. Its listening
// socket is opened here and handed over, so that the port is free for sure and stays the same when the agent is started
// again.

#include "agent/base/handle.hh"
#include "tests/support/client.hh"
#include "tests/support/temp_folder.hh"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace support {

// The value of an environment variable that `make check` sets; std::runtime_error when it is not there.
std::string environment(const char* name);

struct AgentSettings {
    std::string arch = "i686";         // of those that run here the quickest to start
    std::filesystem::path state{};     // its state directory; empty: one of its own
    std::chrono::seconds stop_time{6}; // until a graceful stop becomes a forced one
    std::string log_level = "debug";
};

class AgentProcess {
public:
    // One pool for all agents of a run, as they share the libvirtd of the private host, whose own /var/lib/libvirt this
    // is.
    static constexpr auto pool = "/var/lib/libvirt/occi-agent-tests";

    explicit AgentProcess(const AgentSettings& settings = {});
    ~AgentProcess(); // ends it
    AgentProcess(const AgentProcess&) = delete;
    AgentProcess& operator=(const AgentProcess&) = delete;

    // What stands beside its configuration, from its next start or SIGHUP on; what was there before is forgotten.
    void configure(const std::string& content) const;

    // Has the agent speak TLS on a socket more, from its next start on; the certificate stands in its configuration
    // then. The port.
    unsigned add_secure_socket();

    const Client& client() const noexcept { return client_; }
    pid_t pid() const noexcept { return pid_; }
    std::filesystem::path folder() const { return folder_.path(); }
    std::filesystem::path state() const { return state_; }
    std::filesystem::path images() const { return folder_.path() / "images"; }
    std::string log() const; // what it has written so far

    // Copies a guest's image (by its file name) or any file to images(); its file:// URL.
    std::string offer(const std::filesystem::path& original, const std::string& as = "");

    void start(); // and waits until it has listed the node; what was asked while there was none is forgotten
    // The same with the agent that kills itself at that point of its work (tests/support/crash_point.cc), and adds the
    // points that it passes to the file passed_points().
    void start_crashing(const std::string& point);
    std::filesystem::path passed_points() const { return folder_.path() / "points"; }
    bool is_there() const; // any thread may ask
    // The same with the agent that stops, all of its threads, when it passes that point for the first time; until
    // go_on().
    void start_stopping(const std::string& point);
    bool has_stopped(); // and takes notice of it
    void go_on();
    bool has_died();          // and takes notice of it
    int end(int signal = 15); // sends the signal and waits; its exit status as wait(2) gives it
    void restart();

private:
    void start(const std::string& binary, const std::vector<std::pair<std::string, std::string>>& more);

    TempFolder folder_;
    std::filesystem::path state_;
    Descriptor socket_, secure_socket_;
    Client client_{0};
    std::atomic<pid_t> pid_ = -1;
};

} // namespace support
