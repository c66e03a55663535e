#pragma once
// The fake's notes: words by id, in memory.
//
// Threads: any.

#include "agent/base/guarded.hh"
#include "drivers/contract/notes.hh"

namespace hv::fake {

class Notes : public hv::Notes {
public:
    std::map<Uuid, std::string> list() override {
        return notes_.with([](const auto& notes) { return notes; });
    }
    void keep(const Uuid& id, const std::string& text, Durable) override {
        notes_.with([&](auto& notes) { notes[id] = text; });
    }
    void drop(const Uuid& id) override {
        notes_.with([&](auto& notes) { notes.erase(id); });
    }

private:
    Guarded<std::map<Uuid, std::string>> notes_;
};

} // namespace hv::fake
