#pragma once
// How the agent and what it needs are: part by part, without asking the hypervisor or a disk. Whatever keeps something
// from working for longer than a request is a sentence here that says what it is and what can be done: a part is a row
// of the table in health.cc.
//
// Threads: any.

#include "agent/auth/principal.hh"
#include "agent/service/context.hh"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace service {

struct Health {
    using Value = std::variant<std::uint64_t, std::string, std::vector<Uuid>>;
    struct Part {
        std::string name;
        std::vector<std::string> reasons{}; // what is wrong. Empty: ready
        std::vector<std::pair<std::string, Value>> more{};
    };
    std::vector<Part> parts;

    // Of all parts. Empty: ready.
    std::vector<std::string> reasons() const;
};

// As the principal may know it: what he does not see is counted, and not named.
Health health_of(const Context&, const auth::Principal&);
Health health_of(const Context&); // all of it

} // namespace service
