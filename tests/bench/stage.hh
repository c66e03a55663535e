#pragma once
// What a benchmark plays on: the real agent, as it is delivered, in the private host; an image to boot; and words for
// what benchmarks do by the interface. What goes wrong is std::runtime_error: then there is no figure.
//
// Threads: the words may be said on several at a time.

#include "tests/support/agent_process.hh"

#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace bench {

struct Stage {
    support::AgentProcess agent{{.log_level = "info"}};
    const support::Client& client = agent.client();
    std::string image; // of the micro guest, ready

    Stage(); // the host has nothing of an earlier one

    // Leaves the host as it was for the next one: its agent, with a store of its own, would take for lost what it finds
    // there. What a benchmark has not taken away itself is no business of this, and keeps an image or a network from
    // going.
    void clear();

    // Each returns when it is so; a wait looks again every 2 ms.
    std::string start_compute(const std::string& inside) const; // its id
    std::vector<std::string> start_computes(int count, const std::string& inside) const;
    void remove(const std::string& path) const;
    void remove_computes(const std::vector<std::string>& ids) const;
    void wait_for(const std::string& path, const std::string& part, bool there = true) const;
    void wait_until_ready() const;           // its health
    void wait_for_computes(int least) const; // in the list

    std::string post_compute(const std::string& inside) const; // its id; it is still being made
    void put_state(const std::string& compute, const std::string& state) const;
    void ask_for_state(const std::string& compute, const std::string& state) const; // whatever the answer
    void make_active(const std::string& compute) const;

    std::string disks() const { return "<DISKS><DISK image=\"" + image + "\"/></DISKS>"; }
};

// Follows the events of the agent: waits for ends of operations and costs it next to nothing, as no poll does.
class Follower {
public:
    explicit Follower(const Stage&);
    // Until `count` more operations of that kind are done. Throws when one ends otherwise.
    void wait_for(const std::string& operation, int count);

private:
    const support::Client& client_;
    std::string last_;
};

// Processes that are stopped for as long as this lives: frozen, to those who talk to them.
class Frozen {
public:
    explicit Frozen(std::vector<pid_t> processes);
    ~Frozen();
    Frozen(const Frozen&) = delete;
    Frozen& operator=(const Frozen&) = delete;

private:
    std::vector<pid_t> processes_;
};

// The QEMU of a domain, as libvirt says.
pid_t qemu_of(const std::string& domain);

} // namespace bench
