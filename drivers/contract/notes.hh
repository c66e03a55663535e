#pragma once
// What is kept beside the volumes of each thing. What holds for every verb (threads, errors, "idempotent") stands in
// host.hh.

#include "agent/base/uuid.hh"

#include <map>
#include <string>

namespace hv {

// A few words for each thing, kept where the volumes are, so that they outlive the agent's own store. What comes back
// may have been written by anybody.
class Notes {
public:
    virtual ~Notes() = default;
    virtual std::map<Uuid, std::string> list() = 0;
    // Replaces what was there, all of it or nothing. Durable: also a power cut does not take it.
    enum class Durable { no, yes };
    virtual void keep(const Uuid&, const std::string& text, Durable) = 0;
    virtual void drop(const Uuid&) = 0; // idempotent
};

} // namespace hv
