#include "tests/support/machine_model.hh"

#include <algorithm>
#include <array>

namespace support::model {
namespace {

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

bool among(Life life, const std::vector<Life>& lives) {
    return std::ranges::find(lives, life) != lives.end();
}

std::string_view word_of(Life life) {
    constexpr std::array<std::string_view, 9> words{"404",    "PENDING",   "FAILED",  "DONE",  "STOPPED",
                                                    "ACTIVE", "SUSPENDED", "STOPPED", "FAILED"};
    return words.at(static_cast<std::size_t>(life));
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

const Rule& rule_of(Act act) { return *std::ranges::find(rules(), act, &Rule::act); }

bool is_ready(Life life) { return life >= Life::off; }

// What is asked of one that is being made waits for that.
bool is_changeable(Life life) { return is_ready(life) || life == Life::coming; }

Compute in(Compute compute, Life life) {
    compute.life = life;
    if (life == Life::off || life == Life::saved || life == Life::none) compute.pressed = false;
    if (life == Life::off || life == Life::none) compute.lets_go = false;
    return compute;
}

Set unless(bool wrong, const Compute& compute) { return wrong ? Set{} : Set{compute}; }

// ---- answers that are not about an operation -----------------------------------------------------------------------

namespace {

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

struct Refusal {
    int status;
    std::string_view words; // in its sentence
    bool (*fits)(const Compute&, const Asked&);
};
constexpr std::array refusals{
    Refusal{404, "", [](const Compute& c, const Asked&) { return c.life == Life::none; }},
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

} // namespace

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

namespace {

// It was asked for while the machine was there, and came behind its removal.
bool came_too_late(const Ended& end) {
    return end.state == "cancelled" || (end.state == "failed" && has(end.message, "there is no "));
}

// It was asked for while the machine was being made, and had its turn when that had failed; or it was cancelled before.
bool came_to_nothing(const Compute& compute, const Ended& end) {
    if (compute.life == Life::coming) return end.state == "cancelled";
    return compute.life == Life::failed &&
           (end.state == "cancelled" || (end.state == "failed" && has(end.message, "could not be made")));
}

// Of disks of one size any may stay: they stand in the order in which they were plugged in, which is not known here.
std::set<Compute::Change> changes_for(const Swaps& disks, const std::vector<unsigned>& wanted) {
    std::set<Swaps> less{disks};
    std::vector<unsigned> more;
    for (const auto megabytes : wanted) {
        std::set<Swaps> without_it;
        for (const auto& each : less)
            for (const auto& [target, size] : each) {
                if (size != megabytes) continue;
                auto rest = each;
                rest.erase(target);
                without_it.insert(std::move(rest));
            }
        if (without_it.empty())
            more.push_back(megabytes);
        else
            less = std::move(without_it);
    }
    Compute::Change change;
    char letter = 'b';
    for (const auto megabytes : more) {
        while (disks.contains(std::string("vd") + letter)) ++letter;
        change.more[std::string("vd") + letter++] = megabytes;
    }
    std::set<Compute::Change> all;
    for (const auto& each : less) {
        change.less = each;
        all.insert(change);
    }
    return all;
}

} // namespace

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
    if (!is_ready(compute.life)) return unless(!came_to_nothing(compute, end), compute);
    if (end.state == "failed") return {};
    auto after = compute;
    after.title = title;
    return end.state == "done" ? Set{after} : Set{after, compute};
}

Set moved(const Compute& compute, const Ended& end, const Rule& rule) {
    if (compute.life == Life::leaving) return {compute};
    if (compute.life == Life::none) return unless(!came_too_late(end), compute);
    if (!is_ready(compute.life)) return unless(!came_to_nothing(compute, end), compute);
    const bool moves = among(compute.life, rule.from), stays = among(compute.life, rule.already);
    if (end.state == "done") return moves ? Set{in(compute, rule.to)} : stays ? Set{compute} : Set{};
    if (end.state == "cancelled") return moves ? Set{in(compute, rule.to), compute} : Set{compute};
    if (has(end.message, "it cannot")) return unless(moves || stays, compute);
    if (!has(end.message, "ignored the power button") || !moves) return {};
    auto after = compute;
    after.pressed = true;
    return {after};
}

Set planned(const Compute& compute, const Asked& asked, std::uint64_t number, const Around& around) {
    if (!is_changeable(compute.life)) return {};
    auto after = compute;
    after.planned[number] = std::nullopt;
    if (around.disks || !compute.disks) return {after};
    Set all;
    for (const auto& change : changes_for(*compute.disks, asked.swaps)) {
        after.planned[number] = change;
        all.insert(after);
    }
    return all;
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
    if (!is_ready(compute.life)) return unless(!came_to_nothing(compute, end), after);
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

} // namespace support::model
