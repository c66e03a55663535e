#pragma once
// Looks at the files that are to become storages, on threads that may be left behind: the disk that they are on may
// hang, and a thread that answers requests must not hang with it.
//
// Threads: any.

#include "agent/base/handle.hh"
#include "agent/base/patient_caller.hh"
#include "drivers/image/effort.hh"
#include "drivers/image/probe.hh"

#include <filesystem>
#include <string>
#include <vector>

namespace service {

struct Original {
    Descriptor source;
    image::Found found;
};

class Originals {
public:
    // `from`: the directories below which a URL may point.
    explicit Originals(std::vector<std::filesystem::path> from) : from_(std::move(from)) {}

    // Throw what image::open and image::probe throw; Error{unavailable} when the disk does not answer in time, and
    // Error{busy} at once while others wait for one that does not. An effort that must be whole is waited for longer,
    // by no thread that answers requests.
    Original open(const std::string& url, const image::Effort&);
    image::Found look(int descriptor, const std::string& what, const image::Effort&);

private:
    template <class F> auto attempt(const std::string& doing, const image::Effort&, F work);

    static constexpr unsigned most_waiting = 4; // fewer than there are to answer requests
    static constexpr unsigned most_thorough = 8;
    const std::vector<std::filesystem::path> from_;
    PatientCaller patient_{"originals", most_waiting};
    PatientCaller thorough_{"originals", most_thorough};
};

} // namespace service
