#include "tests/support/machine_history.hh"

#include "tests/support/machine_model.hh"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace support {
namespace {

using namespace model;

constexpr double nanoseconds_of_a_second = 1e9;

// From a history to what has happened.
class Reading {
public:
    Reading(const History& history, std::vector<std::string>& wrong) : history_(history), wrong_(wrong) {}

    std::vector<Happening<Compute>> read() {
        match();
        for (const auto& asked : history_.asked) take(asked);
        for (const auto& end : history_.ended)
            if (!askers_.contains(end.id)) take_the_agents_own(end);
        return std::move(all_);
    }

private:
    // Which request began which operation: by its answer or, where there was none, by what was asked for, in the order
    // of both.
    void match() {
        for (const auto& asked : history_.asked)
            if (!asked.operation.empty()) askers_[asked.operation] = &asked;
        for (const auto& end : history_.ended) {
            if (askers_.contains(end.id)) continue;
            for (const auto& asked : history_.asked) {
                if (asked.status != 0 || begun_.contains(&asked) || operation_kind(asked.act) != end.kind)
                    continue;
                if (!end.of_a_client || asked.sent > end.seen) continue;
                begun_[&asked] = &end;
                askers_[end.id] = &asked;
                break;
            }
        }
    }

    const Ended* end_of(const Asked& asked) const {
        if (const auto found = begun_.find(&asked); found != begun_.end()) return found->second;
        const auto found = std::ranges::find(history_.ended, asked.operation, &Ended::id);
        return asked.operation.empty() || found == history_.ended.end() ? nullptr : &*found;
    }

    static bool overlap(std::int64_t begin, std::int64_t end, std::int64_t other_begin,
                        std::int64_t other_end) {
        return begin <= other_end && other_begin <= end;
    }

    Around around(const Asked& asked) const {
        Around all;
        for (const auto& other : history_.asked) {
            if (&other == &asked) continue;
            // Of two creations that are being answered at a time each is in the way of the other, whatever comes of it.
            all.anything = all.anything || (other.act == Act::create &&
                                            overlap(asked.sent, asked.answered, other.sent, other.answered));
            const auto* end = end_of(other);
            if (!end || !overlap(asked.sent, asked.answered, other.sent, end->seen)) continue;
            all.anything = true;
            all.disks = all.disks || other.act == Act::change_disks;
            if (const auto word = rule_of(other.act).meanwhile; !word.empty()) all.words.insert(word);
        }
        return all;
    }

    static double seconds(std::int64_t time) { return static_cast<double>(time) / nanoseconds_of_a_second; }

    static std::string text_of(const Asked& asked) {
        auto what = std::string(asked.act == Act::create   ? "create"
                                : asked.act == Act::remove ? "DELETE"
                                : asked.act == Act::look   ? "GET"
                                                           : state_word(asked.act));
        if (asked.act == Act::rename || asked.act == Act::create) what += " " + asked.title;
        if (asked.act == Act::change_disks) {
            what += "DISKS";
            for (const auto megabytes : asked.swaps) what += " " + std::to_string(megabytes);
        }
        auto answer = std::to_string(asked.status);
        if (asked.act == Act::look && asked.status == 200) {
            answer = asked.shown.state + " " + asked.shown.title;
            for (const auto& [target, megabytes] : asked.shown.swaps)
                answer += " " + target + ":" + std::to_string(megabytes);
        }
        if (!asked.said.empty()) answer += " " + asked.said.substr(0, asked.said.find('\n'));
        return fmt::format("{:9.3f} to {:9.3f}  {}: {}", seconds(asked.sent), seconds(asked.answered), what,
                           answer);
    }
    static std::string text_of(const Asked& asked, const Ended& end) {
        return fmt::format("{:9.3f} to {:9.3f}  {} #{}: {} {}", seconds(asked.sent), seconds(end.seen),
                           end.kind, end.number, end.state, end.message);
    }

    void look(const Asked& asked, Fits fits, std::int64_t end) {
        all_.push_back({asked.sent, end, 0, true,
                        [fits = std::move(fits)](const Compute& c) { return unless(!fits(c), c); },
                        text_of(asked)});
    }
    // The part of an operation that is there as soon as it is accepted.
    void begin(const Asked& asked, std::function<Set(const Compute&)> leads_to, std::int64_t end) {
        all_.push_back({asked.sent, end, 0, false, std::move(leads_to), text_of(asked)});
    }
    // One that is cancelled ends before its turn has come: it keeps its place among the others, but not in its time.
    void end(const Asked& asked, const Ended& end, std::function<Set(const Compute&)> leads_to) {
        const auto latest = end.state == "cancelled" ? INT64_MAX : end.seen;
        all_.push_back({asked.sent, latest, end.number, false, std::move(leads_to), text_of(asked, end)});
    }

    void take(const Asked& asked) {
        if (asked.status == 0 || asked.status == 202) return take_operation(asked);
        if (asked.act == Act::look && asked.status == 200 && !asked.shown.current) return;
        if (auto fits = fits_of(asked, around(asked)))
            look(asked, std::move(fits), asked.answered);
        else
            wrong_.push_back("no such answer: " + text_of(asked));
    }

    void take_operation(const Asked& asked) {
        const auto* ended = end_of(asked);
        if (!ended) {
            if (asked.status == 202)
                wrong_.push_back("accepted and not there: " + text_of(asked) + " " + asked.operation);
            else if (asked.act == Act::create)
                take_half_made(asked);
            return;
        }
        const auto known = asked.status == 202 ? asked.answered : ended->seen;
        if (ended->kind != operation_kind(asked.act))
            wrong_.push_back("another one was begun: " + text_of(asked) + ", " + text_of(asked, *ended));
        if (ended->state == "cancelled" && !was_forced(*ended))
            wrong_.push_back("cancelled by nobody: " + text_of(asked, *ended));
        const auto operation = *ended;
        switch (asked.act) {
        case Act::create:
            begin(
                asked, [title = asked.title](const Compute& c) { return announced(c, title); }, known);
            return end(asked, operation, [operation](const Compute& c) { return created(c, operation); });
        case Act::remove:
            begin(
                asked, [](const Compute& c) { return unless(c.life == Life::none, in(c, Life::leaving)); },
                known);
            if (askers_.at(operation.id) != &asked) return; // of two who asked for the same
            return end(asked, operation, [operation](const Compute& c) { return removed(c, operation); });
        case Act::rename:
            look(asked, was_there, known);
            return end(asked, operation, [operation, title = asked.title](const Compute& c) {
                return renamed(c, operation, title);
            });
        case Act::change_disks:
            begin(
                asked,
                [asked, number = operation.number, around = around(asked)](const Compute& c) {
                    return planned(c, asked, number, around);
                },
                known);
            end(asked, operation, [operation](const Compute& c) { return changed(c, operation); });
            all_.back().overtakers = overtakers_of(operation);
            return;
        default:
            look(asked, was_there, known);
            return end(asked, operation, [operation, &rule = rule_of(asked.act)](const Compute& c) {
                return moved(c, operation, rule);
            });
        }
    }

    // Else it would not have been accepted.
    static bool was_there(const Compute& compute) { return is_changeable(compute.life); }

    static Set announced(const Compute& compute, const std::string& title) {
        if (compute.life != Life::none) return {};
        Compute made;
        made.planned = compute.planned;
        made.life = Life::coming;
        made.title = title;
        return {made};
    }

    bool was_forced(const Ended& cancelled) const {
        return std::ranges::any_of(history_.ended, [&](const Ended& other) {
            const bool at_once =
                other.kind == operation_kind(Act::force_off) || other.kind == operation_kind(Act::remove);
            return at_once && other.number > cancelled.number;
        });
    }

    // What forces it off passes a change that runs, which may then find it off and succeed; what stands between the two
    // is cancelled by it. The change runs no more when one of those has had its turn.
    std::vector<std::uint64_t> overtakers_of(const Ended& change) const {
        const auto stands_between = [&](const Ended& other, const Ended& forcing) {
            return other.number > change.number && other.number < forcing.number;
        };
        const auto had_its_turn_before = [&](const Ended& forcing, const Ended& other) {
            return stands_between(other, forcing) && other.state != "cancelled" && other.kind != forcing.kind;
        };
        std::vector<std::uint64_t> numbers;
        for (const auto& forcing : history_.ended) {
            if (forcing.kind != operation_kind(Act::force_off) || forcing.number < change.number ||
                std::ranges::any_of(history_.ended,
                                    [&](const Ended& other) { return had_its_turn_before(forcing, other); }))
                continue;
            numbers.push_back(forcing.number);
            for (const auto& other : history_.ended)
                if (stands_between(other, forcing)) numbers.push_back(other.number);
        }
        return numbers;
    }

    static bool is_clearing_up(const Ended& end) {
        return !end.of_a_client && end.kind == operation_kind(Act::remove);
    }

    // It may be there until the next run clears it up.
    void take_half_made(const Asked& asked) {
        const auto own = std::ranges::find_if(history_.ended, is_clearing_up);
        if (own == history_.ended.end()) return;
        begin(
            asked,
            [title = asked.title](const Compute& c) {
                auto either = announced(c, title);
                either.insert(c);
                return either;
            },
            own->seen);
    }

    // What an earlier run has begun and not written down is removed by the next one, without being asked.
    void take_the_agents_own(const Ended& own) {
        if (!is_clearing_up(own)) {
            wrong_.push_back("nobody asked for it: " + own.kind + " " + own.id + " " + own.state);
            return;
        }
        Asked nobody;
        nobody.act = Act::remove;
        nobody.answered = own.seen;
        begin(
            nobody, [](const Compute& c) { return unless(c.life == Life::none, in(c, Life::leaving)); },
            own.seen);
        end(nobody, own, [own](const Compute& c) { return removed(c, own); });
    }

    const History& history_;
    std::vector<std::string>& wrong_;
    std::map<std::string, const Asked*> askers_; // by operation
    std::map<const Asked*, const Ended*> begun_; // of those who got no answer
    std::vector<Happening<Compute>> all_;
};

} // namespace

std::string_view state_word(Act act) noexcept { return rule_of(act).word; }
std::string_view operation_kind(Act act) noexcept { return rule_of(act).kind; }

std::string describe(const Compute& compute) {
    constexpr std::array<std::string_view, 9> names{"none",    "coming", "failed", "leaving", "off",
                                                    "running", "paused", "saved",  "crashed"};
    auto text = std::string(names.at(static_cast<std::size_t>(compute.life))) + " \"" + compute.title + "\"";
    if (!compute.disks) text += " disks unknown";
    if (compute.disks)
        for (const auto& [target, megabytes] : *compute.disks)
            text += " " + target + ":" + std::to_string(megabytes);
    for (const auto& [number, change] : compute.planned) text += " planned #" + std::to_string(number);
    if (compute.pressed) text += " pressed";
    if (compute.lets_go) text += " may let go of a disk";
    return text;
}

Compute learned(Compute compute, const Asked::Shown& shown) {
    if (!compute.disks && !compute.lets_go && is_ready(compute.life)) compute.disks = shown.swaps;
    return compute;
}

std::set<Compute> drift(const Compute& compute) {
    if (compute.pressed && compute.life == Life::running) return {in(compute, Life::off)};
    return {};
}

std::vector<Happening<Compute>> happenings(const History& history, std::vector<std::string>& wrong) {
    return Reading(history, wrong).read();
}

} // namespace support
