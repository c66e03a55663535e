#include "agent/service/earlier_plans.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "drivers/note.hh"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace service {
namespace {

constexpr std::string_view of_note = "note "; // before the key of a note

template <class Number> void read(const hv::MachineSpec& plan, const char* key, std::optional<Number>& into) {
    const auto found = plan.notes.find(key);
    if (found == plan.notes.end()) return;
    into = static_cast<Number>(text::to_number(found->second).value_or(0));
}

void read(const hv::MachineSpec& plan, const char* key, std::optional<std::string>& into) {
    if (const auto found = plan.notes.find(key); found != plan.notes.end()) into = found->second;
}

// Notes in the plan of a change: how many of its disks and NICs, the last ones, are to go.
constexpr auto leaving_disks = "leaves", leaving_nics = "leaving NICs";

template <class T>
void part(const std::vector<T>& plan, std::size_t leaving, std::vector<T>& more, std::vector<T>& less) {
    if (leaving > plan.size()) throw Error(Fault::invalid, "a change takes away more devices than it names");
    const auto middle = plan.end() - static_cast<std::ptrdiff_t>(leaving);
    more.assign(plan.begin(), middle);
    less.assign(middle, plan.end());
}

} // namespace

bool is_earlier(const state::Operation& operation) noexcept {
    return operation.plan.starts_with("<machine ");
}

void read_earlier(const state::Operation& operation, Wish& wish) {
    const auto plan = hv::from_note(xml::parse(operation.plan));
    read(plan, "title", wish.title);
    read(plan, "arch", wish.arch);
    read(plan, "cores", wish.cores);
    read(plan, "shares", wish.shares);
    read(plan, "memory", wish.memory);
    read(plan, "disk", wish.disk);
    wish.sizes_are_own = plan.notes.contains("own sizes");
    for (const auto& [key, value] : plan.notes)
        if (key.starts_with(of_note)) wish.notes[key.substr(of_note.size())] = value;
}

void read_earlier(const state::Operation& operation, DeviceChange& change) {
    const auto plan = hv::from_note(xml::parse(operation.plan));
    const auto count = [&](const char* note) {
        const auto found = plan.notes.find(note);
        return found == plan.notes.end() ? 0 : text::to_number(found->second).value_or(0);
    };
    part(plan.disks, count(leaving_disks), change.more.disks, change.less.disks);
    part(plan.nics, count(leaving_nics), change.more.nics, change.less.nics);
}

} // namespace service
