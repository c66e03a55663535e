#pragma once
// Which guests do not react, and since when, judged by what is seen of them round after round. Pure: no libvirt, no
// files, no clock.
//
// A round in which something could not be seen is no evidence, neither for nor against. Threads: one at a time.

#include "agent/base/uuid.hh"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hv::libvirt {

struct Moment {
    std::chrono::steady_clock::time_point steady; // what is reckoned with
    std::chrono::system_clock::time_point wall;   // what is said
};

// What virDomainGetControlInfo says.
struct Control {
    unsigned state = 0;             // virDomainControlState
    unsigned details = 0;           // virDomainControlErrorReason
    std::chrono::milliseconds held; // for how long it has been in that state
};

// One running domain in one round.
struct Observation {
    Uuid id;
    std::optional<Control> control;
    std::optional<char> process; // the state of its process, as /proc/PID/stat has it
};

struct Verdict {
    std::string sentence; // "monitor silent since 2030-01-01T10:00:00Z"; constant for as long as it stands
    std::chrono::system_clock::time_point since;
};

class Diagnosis {
public:
    struct News {
        Uuid id;
        std::string stuck; // the sentence, or "": it reacts again
    };
    // `asked`: when the asking began; what was forgotten later than that is left out. A domain that is not in `running`
    // has no verdict any more, which is no news.
    std::vector<News> round(const std::vector<Observation>& running,
                            std::chrono::steady_clock::time_point asked, const Moment& now);
    // It was switched off, say: what was seen until now is no longer true of it.
    void forget(const Uuid&, std::chrono::steady_clock::time_point now);
    void forget_all(std::chrono::steady_clock::time_point now);

    std::optional<Verdict> verdict(std::string_view id) const;

private:
    static constexpr std::size_t signs = 6; // the rows of the table in diagnosis.cc
    struct Streak {
        unsigned rounds = 0; // in a row in which the sign was seen
        Moment first;
    };
    struct Case {
        std::array<Streak, signs> streaks;
        std::optional<std::size_t> sign; // the one that the verdict rests on
        Verdict verdict;
    };
    static bool stands(const Case&, std::size_t sign, const Moment& now);
    static std::optional<News> judge(const Uuid&, Case&, const Moment& now);
    bool is_forgotten(const Uuid&, std::chrono::steady_clock::time_point asked) const;

    std::map<Uuid, Case, std::less<>> cases_;
    std::map<Uuid, std::chrono::steady_clock::time_point, std::less<>> forgotten_;
    std::chrono::steady_clock::time_point all_forgotten_{};
};

// The state letter of a /proc/PID/stat: what follows the name, which may contain anything.
std::optional<char> state_in_stat(std::string_view stat) noexcept;
// What libvirt's NAME.pid holds.
std::optional<std::uint64_t> pid_in(std::string_view text) noexcept;

} // namespace hv::libvirt
