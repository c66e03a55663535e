#include "tests/support/machine_history.hh"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace support {
namespace {

using Life = Compute::Life;
using Set = std::set<Compute>;
using Lives = std::vector<Life>;

constexpr double nanoseconds_of_a_second = 1e9;

// agent/service/lifecycle.cc, from outside.
struct Rule {
    Act act;
    std::string_view word, kind;
    Lives from{}, already{};
    Life to = Life::none;
    std::string_view meanwhile{}; // a word that an entry may show while it is under way
};

const std::vector<Rule>& rules() {
    using enum Life;
    static const std::vector<Rule> all = {
        {Act::create, "", "create compute"},
        {Act::remove, "", "delete compute"},
        {Act::start,
         "RESUME",
         "start compute",
         {off, saved, paused, crashed},
         {running},
         running,
         "SUSPENDED"},
        {Act::shut_down, "SHUTDOWN", "stop compute", {running}, {off, saved}, off},
        {Act::press_button, "POWEROFF", "press power button", {running, saved}, {off}, off},
        {Act::force_off, "CANCEL", "force off compute", {running, paused, crashed, saved}, {off}, off},
        {Act::suspend, "SUSPENDED", "suspend compute", {running}, {paused}, paused},
        {Act::save, "STOPPED", "save compute", {running, paused}, {saved}, saved, "SUSPENDED"},
        {Act::rename, "", "update compute"},
        {Act::change_disks, "", "change disks"},
        {Act::look, "", ""},
    };
    return all;
}

const Rule& rule_of(Act act) { return *std::ranges::find(rules(), act, &Rule::act); }

bool among(Life life, const Lives& lives) { return std::ranges::find(lives, life) != lives.end(); }

bool is_ready(Life life) { return life >= Life::off; }

std::string_view word_of(Life life) {
    constexpr std::array<std::string_view, 9> words{"404",    "PENDING",   "FAILED",  "DONE",  "STOPPED",
                                                    "ACTIVE", "SUSPENDED", "STOPPED", "FAILED"};
    return words.at(static_cast<std::size_t>(life));
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

Compute in(Compute compute, Life life) {
    compute.life = life;
    if (life == Life::off || life == Life::saved || life == Life::none) compute.pressed = false;
    if (life == Life::off || life == Life::none) compute.lets_go = false;
    return compute;
}

Set unless(bool wrong, const Compute& compute) { return wrong ? Set{} : Set{compute}; }

// ---- answers that are not about an operation -----------------------------------------------------------------------

// What else was under way at the time of a request: what it shows meanwhile is neither what was nor what will be.
struct Around {
    std::set<std::string_view> words{}; // that an entry may show
    bool anything = false, disks = false;
};

bool shows(const Compute& compute, const Asked::Shown& shown, const Around& around) {
    if (shown.state != word_of(compute.life) && !around.words.contains(shown.state)) return false;
    if (compute.life == Life::leaving) return true; // what it was when its removal was asked for
    if (compute.life == Life::none || shown.title != compute.title) return false;
    if (!is_ready(compute.life) || !compute.disks || around.disks) return true;
    return shown.swaps == *compute.disks;
}

bool has_those(const Compute& compute, const std::vector<unsigned>& swaps) {
    if (!compute.disks) return true;
    std::multiset<unsigned> wanted(swaps.begin(), swaps.end()), there;
    for (const auto& [target, megabytes] : *compute.disks) there.insert(megabytes);
    return wanted == there;
}

bool has_nothing_to_do(const Compute& compute, const Asked& asked, const Around& around) {
    // A client that sends back what is shown asks for nothing, of whatever it is.
    if (asked.act == Act::change_disks && !is_ready(compute.life)) return compute.life != Life::none;
    if (!is_ready(compute.life)) return false;
    if (asked.act == Act::rename) return compute.title == asked.title;
    if (asked.act == Act::change_disks) return around.disks || has_those(compute, asked.swaps);
    const auto& rule = rule_of(asked.act);
    return among(compute.life, rule.already) || word_of(compute.life) == rule.word;
}

// Whether that answer fits a compute that is so.
using Fits = std::function<bool(const Compute&)>;

struct Refusal {
    int status;
    std::string_view words; // in its sentence
    bool (*fits)(const Compute&, const Asked&);
};
constexpr std::array refusals{
    Refusal{404, "", [](const Compute& c, const Asked&) { return c.life == Life::none; }},
    Refusal{409, "is still being made",
            [](const Compute& c, const Asked&) { return c.life == Life::coming; }},
    Refusal{409, "can only be deleted",
            [](const Compute& c, const Asked&) { return c.life == Life::failed; }},
    Refusal{409, "is being deleted", [](const Compute& c, const Asked&) { return c.life == Life::leaving; }},
    Refusal{409, "it cannot",
            [](const Compute& c, const Asked& asked) {
                const auto& rule = rule_of(asked.act);
                return is_ready(c.life) && !among(c.life, rule.from) && !among(c.life, rule.already);
            }},
    Refusal{409, "already: to ",
            [](const Compute& c, const Asked& asked) { return among(c.life, rule_of(asked.act).already); }},
    Refusal{503, "", [](const Compute&, const Asked&) { return true; }},
};

// Of an answer that nothing has come of; empty when there is no such answer.
Fits fits_of(const Asked& asked, const Around& around) {
    if (asked.act == Act::look && asked.status == 200)
        return [shown = asked.shown, around](const Compute& c) { return shows(c, shown, around); };
    if (asked.status == 200)
        return [asked, around](const Compute& c) { return has_nothing_to_do(c, asked, around); };
    if (asked.status == 412 && asked.act == Act::create)
        return [around](const Compute& c) { return c.life != Life::none || around.anything; };
    constexpr std::string_view from = "cannot be changed from ";
    if (const auto at = asked.said.find(from); asked.status == 403 && at != std::string::npos) {
        const auto begin = at + from.size();
        const auto word = asked.said.substr(begin, asked.said.find(' ', begin) - begin);
        return [word, around](const Compute& c) {
            return word == word_of(c.life) || (is_ready(c.life) && around.words.contains(word));
        };
    }
    for (const auto& refusal : refusals)
        if (refusal.status == asked.status && has(asked.said, refusal.words))
            return [&refusal, asked](const Compute& c) { return refusal.fits(c, asked); };
    return {};
}

// ---- what an operation does -----------------------------------------------------------------------------------------

// It was asked for while the machine was there, and came behind its removal.
bool came_too_late(const Ended& end) {
    return end.state == "cancelled" || (end.state == "failed" && has(end.message, "there is no "));
}

// While it is being removed, what else still ends on it changes nothing that counts.
Set created(const Compute& compute, const Ended& end) {
    if (compute.life == Life::leaving) return {compute};
    if (compute.life != Life::coming || end.state == "cancelled") return {};
    return {in(compute, end.state == "done" ? Life::running : Life::failed)};
}

Set removed(const Compute& compute, const Ended& end) {
    if (end.state == "cancelled") return {compute}; // by another removal
    if (end.state != "done") return {};
    if (compute.life == Life::none) return {compute}; // two asked for it, and the other one was done first
    Compute gone;
    gone.planned = compute.planned;
    return unless(compute.life != Life::leaving, gone);
}

Set renamed(const Compute& compute, const Ended& end, const std::string& title) {
    if (compute.life == Life::leaving) return {compute};
    if (compute.life == Life::none) return unless(!came_too_late(end), compute);
    if (!is_ready(compute.life) || end.state == "failed") return {};
    auto after = compute;
    after.title = title;
    return end.state == "done" ? Set{after} : Set{after, compute};
}

Set moved(const Compute& compute, const Ended& end, const Rule& rule) {
    if (compute.life == Life::leaving) return {compute};
    if (compute.life == Life::none) return unless(!came_too_late(end), compute);
    if (!is_ready(compute.life)) return {};
    const bool moves = among(compute.life, rule.from), stays = among(compute.life, rule.already);
    if (end.state == "done") return moves ? Set{in(compute, rule.to)} : stays ? Set{compute} : Set{};
    if (end.state == "cancelled") return moves ? Set{in(compute, rule.to), compute} : Set{compute};
    if (has(end.message, "it cannot")) return unless(moves || stays, compute);
    if (!has(end.message, "ignored the power button") || !moves) return {};
    auto after = compute;
    after.pressed = true;
    return {after};
}

std::optional<Compute::Change> change_for(const Compute& compute, const Asked& asked) {
    if (!compute.disks) return std::nullopt;
    Compute::Change change;
    change.less = *compute.disks;
    std::vector<unsigned> more;
    for (const auto megabytes : asked.swaps) {
        const auto there = std::ranges::find(change.less, megabytes, &Swaps::value_type::second);
        if (there == change.less.end())
            more.push_back(megabytes);
        else
            change.less.erase(there);
    }
    char letter = 'b';
    for (const auto megabytes : more) {
        while (compute.disks->contains(std::string("vd") + letter)) ++letter;
        change.more[std::string("vd") + letter++] = megabytes;
    }
    return change;
}

// A change is worked out when it is asked for, and done later. While another one was under way nobody knows from what.
Set planned(const Compute& compute, const Asked& asked, std::uint64_t number, const Around& around) {
    if (!is_ready(compute.life)) return {};
    auto after = compute;
    after.planned[number] = around.disks ? std::nullopt : change_for(compute, asked);
    return {after};
}

Set changed(const Compute& compute, const Ended& end) {
    const auto plan = compute.planned.find(end.number);
    if (plan == compute.planned.end()) return {};
    const auto change = plan->second;
    auto after = compute;
    after.planned.erase(end.number);
    auto unknown = after;
    unknown.disks.reset();
    const bool in_memory = compute.life == Life::running || compute.life == Life::paused;
    if (compute.life == Life::leaving) return {after};
    if (end.state == "cancelled" && in_memory) {
        // What it was given already is taken from it again, but for what its guest keeps.
        unknown.lets_go = true;
        return {after, unknown};
    }
    if (end.state == "cancelled") return {after};
    if (compute.life == Life::none) return unless(!came_too_late(end), after);
    if (!is_ready(compute.life)) return {};
    if (end.state == "failed") {
        if (has(end.message, "it is saved")) return unless(compute.life != Life::saved, after);
        if (has(end.message, "is taken"))
            return unless(change.has_value(), after); // by one that was under way
        unknown.lets_go = true;
        return unless(!has(end.message, "does not release") || !in_memory, unknown);
    }
    if (!change || !compute.disks) return {unknown};
    for (const auto& [target, megabytes] : change->more) (*after.disks)[target] = megabytes;
    for (const auto& [target, megabytes] : change->less) after.disks->erase(target);
    return unless(compute.life == Life::saved, after);
}

// ---- from a history to what has happened ----------------------------------------------------------------------------

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
    static bool was_there(const Compute& compute) { return is_ready(compute.life); }

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
