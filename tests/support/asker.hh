#pragma once
// What tests ask an agent for, over HTTP: the base of the fixtures of tests/wire and of tests/live. It speaks OCCI
// unless a name says otherwise, and gives back what came, whatever its status.
//
// Threads: any, as the client.

#include "tests/support/client.hh"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace support {

struct Asker {
    const Client& client; // outlives this

    explicit Asker(const Client& its) : client(its) {}

    // "http://127.0.0.1:PORT" and `path`. After a start of the agent the port is another one.
    std::string url(const std::string& path = {}) const;

    Answer get(const std::string& target, const Headers& = {}) const;
    Answer get_as(const std::string& type, const std::string& target) const;

    // As JSON; throws what the reader throws when the answer is none.
    nlohmann::json read(const std::string& target) const;
    nlohmann::json value(const std::string& path, const std::string& attribute) const; // null: it has none
    nlohmann::json health() const;

    std::string actions_of(const std::string& path) const; // what is offered: "up down ", as it is shown

    // Of a pool such as "/storage/".
    std::vector<std::string> ids(const std::string& pool) const;
    std::string other_than(const std::string& id,
                           const std::string& pool) const; // the last one; "": there is none
    std::string titled(const std::string& title, const std::string& pool) const; // likewise

    // In text/plain, both ways (tests/support/words.hh).
    Answer post_text(const std::string& target, const std::string& body) const;
    // An action of the entity at `path`, with lines of attributes.
    Answer act(const std::string& path, const std::string& term, const std::string& attributes = {}) const;

    // OpenNebula's: that a compute is to be in a state, "SUSPENDED".
    Answer put(const std::string& compute, const std::string& state) const;
};

// The text between <NAME> and </NAME>, first occurrence; empty when absent.
std::string element(const std::string& document, const std::string& name);

bool has(const std::string& document, const std::string& words);

} // namespace support
