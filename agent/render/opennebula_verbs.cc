// The STATE words: what an entry shows, and what a PUT asks for.
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/render/opennebula_xml.hh"

#include <algorithm>
#include <array>

namespace render::opennebula {
namespace {

namespace name = occi::name;

// From which state a word leads where is the action's to say (agent/service/lifecycle.cc), so that both faces agree. A
// machine stays, with its disks, whatever the word, but for DONE. STOPPED keeps its memory on disk, SUSPENDED in
// memory.
constexpr std::array all_verbs{
    Verb{"STOPPED", "suspend", "hibernate"},
    Verb{"SUSPENDED", "suspend", "suspend"},
    Verb{"RESUME", "start", ""},
    Verb{"SHUTDOWN", "stop", "graceful"},
    Verb{"POWEROFF", "stop", "acpioff"},
    Verb{"CANCEL", "stop", "poweroff"},
    Verb{"REBOOT", "restart", "warm"},
    Verb{"RESTART", "restart", "warm"},
    Verb{"RESET", "restart", "cold"},
    Verb{"DONE", "", ""},
};

constexpr std::array<std::string_view, 6> states{"PENDING", "ACTIVE", "SUSPENDED",
                                                 "STOPPED", "FAILED", "DONE"};

// The first row that fits decides; an empty word fits all.
struct Shown {
    std::string_view phase, compute_state, word;
    std::string_view suspended_in = {};
};
constexpr std::array shown{
    Shown{"pending", "", "PENDING"},
    Shown{"deleting", "", "DONE"},
    Shown{"failed", "", "FAILED"},
    Shown{"", "active", "ACTIVE"},
    Shown{"", "suspended", "STOPPED", "disk"}, // as OpenNebula's STOPPED is: its memory is saved
    Shown{"", "suspended", "SUSPENDED"},
    Shown{"", "inactive", "STOPPED"},
    Shown{"", "error", "FAILED"},
    Shown{"", "", "PENDING"},
};

} // namespace

std::span<const Verb> verbs() noexcept { return all_verbs; }

const Verb* find_verb(std::string_view word) noexcept {
    const auto found =
        std::ranges::find_if(all_verbs, [&](const Verb& verb) { return text::same(verb.word, word); });
    return found == all_verbs.end() ? nullptr : &*found;
}

bool is_state(std::string_view word) noexcept {
    return std::ranges::any_of(states, [&](std::string_view state) { return text::same(state, word); });
}

std::string_view state_of(const occi::Resource& compute) noexcept {
    const auto fits = [&](std::string_view attribute, std::string_view word) {
        if (word.empty()) return true;
        const auto found = compute.attributes.find(attribute);
        const auto* value =
            found == compute.attributes.end() ? nullptr : std::get_if<std::string>(&found->second);
        return value && *value == word;
    };
    return std::ranges::find_if(shown,
                                [&](const Shown& row) {
                                    return fits(name::phase, row.phase) &&
                                           fits(name::compute_state, row.compute_state) &&
                                           fits(name::suspended_in, row.suspended_in);
                                })
        ->word;
}

} // namespace render::opennebula
