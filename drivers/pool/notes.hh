#pragma once
// Small files beside the volumes, "<uuid>.note": what is to be known of a thing when the agent's own store is lost.
// Each is its owner's alone, whole under its name, and read as what comes from outside: regular files of ours that
// nobody else can write, of a bounded length and number.
//
// Threads: any; no two at once for one id. A disk that hangs is waited for no longer than ten seconds: Error{timeout}.

#include "agent/base/patient_caller.hh"
#include "drivers/contract/notes.hh"

#include <filesystem>

namespace hv::pool {

class Notes : public hv::Notes {
public:
    explicit Notes(std::filesystem::path folder) : folder_(std::move(folder)), patient_("notes", 2) {}

    // Removes what a run that was killed has begun to write: not while keep() is at work.
    std::map<Uuid, std::string> list() override;
    void keep(const Uuid&, const std::string& text, Durable) override;
    void drop(const Uuid&) override;

private:
    const std::filesystem::path folder_;
    PatientCaller patient_;
};

// Whether a file of that name is one of them, or was on its way to be one.
bool is_note(std::string_view name) noexcept;

} // namespace hv::pool
