#include "tests/support/random_life.hh"

#include "agent/base/guarded.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "tests/support/eventually.hh"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

namespace support {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

constexpr auto longest = 180s; // for all that was begun to end

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// How often each is asked for.
struct Weight {
    Act act;
    unsigned weight;
};
constexpr std::array weights{
    Weight{Act::create, 24},      Weight{Act::remove, 4},       Weight{Act::start, 16},
    Weight{Act::shut_down, 7},    Weight{Act::press_button, 2}, Weight{Act::force_off, 7},
    Weight{Act::suspend, 8},      Weight{Act::save, 7},         Weight{Act::rename, 8},
    Weight{Act::change_disks, 7}, Weight{Act::look, 14}};

constexpr unsigned swap_sizes[] = {8, 9};

bool has_ended(const std::string& state) {
    return state == "done" || state == "failed" || state == "cancelled";
}

Asked::Shown shown_in(const std::string& document) {
    const auto entry = xml::parse(document);
    Asked::Shown shown{std::string(entry.child_text("STATE")),
                       std::string(entry.child_text("NAME")),
                       {},
                       !entry.child("CONDITION")};
    if (const auto* disks = entry.child("DISKS"))
        for (const auto* swap : disks->all("SWAP"))
            shown.swaps[*swap->attribute("dev")] =
                static_cast<unsigned>(text::to_number(*swap->attribute("size")).value_or(0));
    return shown;
}

} // namespace

RandomLife::RandomLife(const Client& client, std::vector<Slot> slots, std::uint64_t seed, unsigned clients)
    : client_(client), slots_(std::move(slots)), clients_(clients), random_(seed),
      ends_(slots_.size(), {Compute()}) {}

// Never std::..._distribution, which may differ from one library to the next.
RandomLife::Step RandomLife::choose() {
    const auto below = [this](std::size_t bound) { return static_cast<std::size_t>(random_() % bound); };
    Step step;
    step.slot = below(2) == 0 ? crowded_ : below(slots_.size());
    unsigned all = 0;
    for (const auto& each : weights) all += each.weight;
    auto lot = below(all);
    for (const auto& each : weights) {
        step.act = each.act;
        if (lot < each.weight) break;
        lot -= each.weight;
    }
    step.title = "t" + std::to_string(++titles_);
    const auto disks = below(4);
    for (std::size_t bit = 0; bit < 2; ++bit)
        if ((disks >> bit & 1) != 0 || (bit == 0 && slots_[step.slot].deaf))
            step.swaps.push_back(swap_sizes[bit]);
    step.waits = below(3) == 0;
    return step;
}

// Those who ask, in one go of some rounds.
class RandomLife::Crowd {
public:
    Crowd(const RandomLife& life, std::atomic<std::uint64_t>& sent)
        : life_(life), sent_(sent), asked_(std::vector<std::vector<Asked>>(life.slots_.size())) {}

    void ask(const std::vector<Step>& steps) {
        for (const auto& step : steps) {
            ++sent_;
            auto asked = send(step);
            if (step.waits && !asked.operation.empty()) wait(asked.operation);
            keep(step.slot, std::move(asked));
        }
    }
    // One look at each, when nothing is under way.
    void look() {
        for (std::size_t slot = 0; slot < life_.slots_.size(); ++slot) keep(slot, send({Act::look, slot}));
    }
    std::vector<std::vector<Asked>> asked() {
        return asked_.with([](auto& all) { return all; });
    }
    std::int64_t seen_to_end(const std::string& operation, std::int64_t otherwise) {
        return seen_.with([&](auto& all) {
            const auto found = all.find(operation);
            return found == all.end() ? otherwise : found->second;
        });
    }

private:
    void keep(std::size_t slot, Asked asked) {
        asked_.with([&](auto& all) { all[slot].push_back(std::move(asked)); });
    }

    Asked send(const Step& step) const {
        Asked asked{step.act};
        asked.title = step.title;
        asked.swaps = step.swaps;
        asked.sent = now();
        Answer answer;
        try {
            answer = request(step);
        } catch (const std::runtime_error&) {
            // Whether it has been heard is not known.
        }
        asked.answered = now();
        asked.status = answer.status;
        if (answer.status == 202) asked.operation = answer.id();
        if (answer.status >= 400) asked.said = answer.body;
        if (step.act == Act::look && answer.status == 200) asked.shown = shown_in(answer.body);
        return asked;
    }

    Answer request(const Step& step) const {
        const auto& slot = life_.slots_[step.slot];
        const auto path = "/compute/" + slot.id;
        const Headers later{{"Prefer", "respond-async"}};
        const auto put = [&](const std::string& inside) {
            return life_.client_.put(path, "<COMPUTE>" + inside + "</COMPUTE>");
        };
        const auto name = "<NAME>" + step.title + "</NAME>";
        switch (step.act) {
        case Act::create:
            return life_.client_.send("PUT", path,
                                      "<COMPUTE>" + name + "<DISKS>" + slot.disk + "</DISKS>" + slot.nics +
                                          "</COMPUTE>",
                                      {later.front(), {"If-None-Match", "*"}});
        case Act::remove: return life_.client_.send("DELETE", path, {}, later);
        case Act::look: return life_.client_.get(path);
        case Act::rename: return put(name);
        case Act::change_disks: {
            auto disks = slot.disk;
            for (const auto megabytes : step.swaps)
                disks += "<SWAP size=\"" + std::to_string(megabytes) + "\"/>";
            return put("<DISKS>" + disks + "</DISKS>");
        }
        default: return put("<STATE>" + std::string(state_word(step.act)) + "</STATE>");
        }
    }

    void wait(const std::string& operation) {
        const bool ended = eventually(
            [&] {
                try {
                    const auto answer = life_.client_.get("/-/operations/" + operation);
                    return answer.status == 200 && has_ended(Json::parse(answer.body)["state"]);
                } catch (const std::runtime_error&) {
                    return false;
                }
            },
            longest);
        if (ended) seen_.with([&, time = now()](auto& all) { all[operation] = time; });
    }

    const RandomLife& life_;
    std::atomic<std::uint64_t>& sent_;
    Guarded<std::vector<std::vector<Asked>>> asked_;    // by slot
    Guarded<std::map<std::string, std::int64_t>> seen_; // when operations were seen to have ended
};

namespace {

// All operations with a number above `newest`, the oldest first.
std::vector<Json> operations_after(const Client& client, std::uint64_t newest) {
    std::vector<Json> all;
    for (std::string page = "/-/operations?limit=1000"; !page.empty();) {
        const auto document = Json::parse(client.get(page).body);
        page.clear();
        for (const auto& operation : document["operations"])
            if (operation["number"] > newest) all.push_back(operation);
        const bool more = !document["operations"].empty() && document["operations"].back()["number"] > newest;
        if (more && document.contains("next")) {
            const std::string next = document["next"];
            page = next.substr(next.find("/-/"));
        }
    }
    std::ranges::reverse(all);
    return all;
}

} // namespace

std::vector<std::string> RandomLife::next(unsigned rounds,
                                          const std::function<void(std::uint64_t)>& meanwhile) {
    std::vector<std::vector<Step>> steps(clients_);
    for (unsigned round = 0; round < rounds; ++round) {
        crowded_ = static_cast<std::size_t>(random_() % slots_.size());
        for (auto& each : steps) each.push_back(choose());
    }

    std::atomic<std::uint64_t> sent = requests_;
    Crowd crowd(*this, sent);
    {
        std::atomic<unsigned> asking = clients_;
        std::vector<std::jthread> threads;
        for (const auto& each : steps)
            threads.emplace_back([&crowd, &each, &asking] {
                crowd.ask(each);
                --asking;
            });
        while (meanwhile && asking > 0) {
            meanwhile(sent);
            std::this_thread::sleep_for(1ms);
        }
    }
    requests_ = sent;

    std::vector<Json> operations;
    const auto all_have_ended = [&] {
        if (meanwhile) meanwhile(sent);
        operations = operations_after(client_, newest_);
        return std::ranges::all_of(operations, [](const Json& each) { return has_ended(each["state"]); });
    };
    std::vector<std::string> wrong;
    if (!eventually(all_have_ended, longest))
        for (const auto& each : operations)
            if (!has_ended(each["state"])) wrong.push_back("has not ended: " + each.dump());
    if (!wrong.empty()) return wrong;
    const auto quiet = now();
    crowd.look();

    std::vector<History> histories(slots_.size());
    auto asked = crowd.asked();
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) histories[slot].asked = std::move(asked[slot]);
    for (const auto& each : operations) {
        const auto slot = std::ranges::find(slots_, std::string(each["target"]["id"]), &Slot::id);
        newest_ = std::max(newest_, each["number"].get<std::uint64_t>());
        if (slot == slots_.end()) continue;
        Ended end{each["id"], each["kind"], each["state"], each.value("message", ""), each["number"]};
        end.seen = crowd.seen_to_end(end.id, quiet);
        end.of_a_client = !std::string(each["owner"]).empty();
        ++counts_[end.state];
        histories[static_cast<std::size_t>(slot - slots_.begin())].ended.push_back(std::move(end));
    }
    for (std::size_t slot = 0; slot < slots_.size(); ++slot)
        for (auto& sentence : explain(slot, histories[slot])) wrong.push_back(std::move(sentence));
    return wrong;
}

std::vector<std::string> RandomLife::explain(std::size_t slot, const History& history) {
    std::vector<std::string> wrong;
    for (const auto& asked : history.asked) ++counts_[std::to_string(asked.status)];
    const auto all = happenings(history, wrong);
    const auto found = Explainer<Compute>(all, drift).explain(ends_[slot]);
    if (!found.ends.empty()) ends_[slot].clear();
    for (const auto& end : found.ends) ends_[slot].insert(learned(end, history.asked.back().shown));
    if (found.ends.empty()) {
        auto report = "no order explains what was seen of compute " + slots_[slot].id + ", which was\n";
        for (const auto& state : ends_[slot]) report += "    " + describe(state) + "\n";
        report += "what was seen:\n";
        for (const auto& each : all) report += "    " + each.text + "\n";
        report += "as far as it goes:\n";
        for (const auto& each : found.longest) report += "    " + each + "\n";
        report += "then it is " + describe(found.at) + ", and none of these can come next:\n";
        for (const auto& each : found.stuck_at) report += "    " + each + "\n";
        wrong.push_back(report);
    }
    return wrong;
}

std::string RandomLife::told() const {
    auto line = std::to_string(requests_) + " requests;";
    for (const auto& [what, count] : counts_) line += " " + what + ": " + std::to_string(count);
    return line;
}

} // namespace support
