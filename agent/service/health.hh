#pragma once
// How the agent and what it needs are: part by part, without asking the hypervisor.
//
// Threads: any.

#include "agent/service/node.hh"

#include <string>
#include <vector>

namespace service {

struct Health {
    bool libvirt = false; // answers now
    std::string why_lost; // if not; empty when it has never answered
    state::Time lost_at{};
    bool room = false; // in the state directory
    std::string store; // its file
    struct Stuck {
        Uuid compute;
        std::string owner;
    };
    std::vector<Stuck> stuck;  // computes that do not react
    std::size_t under_way = 0; // operations
    std::uint64_t last_event = 0;

    // Sentences about what is wrong. Empty: ready.
    std::vector<std::string> reasons() const;
    std::string why_no_libvirt() const, why_no_room() const;
};

Health health_of(const Node&);

} // namespace service
