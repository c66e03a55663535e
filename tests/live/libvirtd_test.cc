// A libvirtd that dies or stands still, idle and at work: what was seen before goes on being shown, what was begun
// comes to an end when it answers again, and nobody is lost, made twice or started anew.
#define BOOST_TEST_DYN_LINK
#include "tests/live/crowd.hh"
#include "tests/live/fixture.hh"
#include "tests/live/frozen.hh"
#include "tests/live/row.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using live::to_text;

constexpr auto prompt_change = 12s; // a DELETE asks libvirt for 4 s, and waits for 5 s before it says 202
constexpr auto long_enough = 25s;   // libvirt's own keep-alive gives up after 20 s

struct Fixture : live::Fixture {
    const std::string original = image("micro.raw");
    std::string bystander;
    int process = 0; // the bystander's

    Fixture() {
        agent.end();
        agent.start_crashing("nowhere"); // it writes down where it is
        bystander = make();
        process = live::qemu_of("occi-" + bystander);
    }

    std::string disks(const std::string& more = "") const {
        return "<DISKS>" + live::disk(original) + more + "</DISKS>";
    }
    std::string make(const std::string& nics = "<NICS/>") {
        auto id = compute(disks() + nics);
        BOOST_REQUIRE(becomes(id, "ACTIVE"));
        return id;
    }
    static std::string path(const std::string& guest) { return "/compute/" + guest; }

    support::Answer change_disks(const std::string& guest, const std::string& more) const {
        return client.put(path(guest), "<COMPUTE>" + disks(more) + "</COMPUTE>");
    }
    bool shows(const std::string& guest, const std::string& target) const {
        return client.get(path(guest)).body.find("dev=\"" + target + "\"") != std::string::npos;
    }
    // What is shown of its disks is what it runs with, if it runs, and what later starts use.
    void check_disks(const std::string& guest) const {
        BOOST_TEST(shows(guest, "vda"));
        for (const std::string target : {"vda", "vdb"})
            for (const auto& document : {node.xml_of("occi-" + guest), node.definition_of("occi-" + guest)})
                BOOST_TEST((document.find("dev='" + target + "'") != document.npos) == shows(guest, target));
    }
    // QEMU may have got a disk of which libvirtd has died before it wrote that down. This is said, and helped as is
    // said.
    void check_attached(const std::string& guest) {
        if (shows(guest, "vdb")) return;
        BOOST_TEST(client.get("/-/operations?limit=1").body.find("switch the machine off and on") !=
                   std::string::npos);
        for (const auto& [word, state] : {std::pair{"CANCEL", "STOPPED"}, std::pair{"RESUME", "ACTIVE"}}) {
            BOOST_TEST(put(guest, word).status == 202);
            BOOST_TEST(becomes(guest, state));
        }
        BOOST_TEST(change_disks(guest, "<SWAP size=\"8\"/>").status == 202);
        BOOST_TEST(all_has_ended());
        BOOST_TEST(shows(guest, "vdb"));
        check_disks(guest);
    }

    void leave_nothing() {
        remove(path(bystander));
        remove("/storage/" + original);
        BOOST_TEST(nothing_is_left());
    }

    std::string passed() const {
        std::stringstream all;
        all << std::ifstream(agent.passed_points()).rdbuf();
        return all.str();
    }
    // Begins something and returns when the agent has come to `point`.
    void begin(const std::function<void()>& what, const std::string& point) const {
        const auto known = passed().size();
        what();
        BOOST_TEST_REQUIRE(
            support::eventually([&] { return passed().find(point, known) != std::string::npos; }));
    }
};

// What is done to a guest, and what must come of it.
struct Deed {
    std::string point; // the beginning of the step in which libvirtd dies
    // By so much later: before, in and after the call that the step makes.
    std::vector<std::chrono::milliseconds> moments;
    void (*act)(Fixture&, const std::string& guest); // nullptr: it makes one
    std::string state;                               // in the end
};

void cancel(Fixture& at, const std::string& guest) { BOOST_TEST(at.put(guest, "CANCEL").status == 202); }
void suspend(Fixture& at, const std::string& guest) { BOOST_TEST(at.put(guest, "SUSPENDED").status == 202); }
void ask_to_remove(Fixture& at, const std::string& guest) {
    BOOST_TEST(at.client.send("DELETE", at.path(guest), "", {{"Prefer", "respond-async"}}).status == 202);
}
void add_disk(Fixture& at, const std::string& guest) {
    BOOST_TEST(at.change_disks(guest, "<SWAP size=\"8\"/>").status == 202);
}
void add_disk_and_take_it(Fixture& at, const std::string& guest) {
    add_disk(at, guest);
    BOOST_TEST(at.all_has_ended());
    BOOST_TEST(at.change_disks(guest, "").status == 202);
}

const std::vector<Deed>& deeds() {
    static const std::vector<Deed> all{
        {"create compute/reserve", {0ms, 60ms}, nullptr, "ACTIVE"},
        {"create compute/define", {0ms, 5ms}, nullptr, "ACTIVE"},
        {"create compute/start", {0ms, 20ms, 60ms, 120ms}, nullptr, "ACTIVE"},
        {"force off compute/stop", {0ms, 20ms, 60ms}, cancel, "STOPPED"},
        {"suspend compute/suspend", {0ms, 5ms}, suspend, "SUSPENDED"},
        {"change disks/attach vdb", {0ms, 5ms, 20ms}, add_disk, "ACTIVE"},
        {"change disks/detach vdb", {0ms, 5ms, 20ms}, add_disk_and_take_it, "ACTIVE"},
        {"delete compute/stop", {0ms, 20ms, 60ms}, ask_to_remove, "404"},
        {"delete compute/undefine", {0ms}, ask_to_remove, "404"},
    };
    return all;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_libvirtd, Fixture)

BOOST_AUTO_TEST_CASE(that_is_killed_at_work_costs_nothing) {
    for (const auto& deed : deeds()) {
        std::string seen;
        unsigned tried_again = 0;
        for (const auto moment : deed.moments) {
            BOOST_TEST_CONTEXT("killed " << moment.count() << " ms after the beginning of " << deed.point) {
                auto guest = deed.act ? make("") : "";
                const auto logged = agent.log().size();
                const int daemon = live::libvirtd();
                begin([&] { deed.act ? deed.act(*this, guest) : void(guest = compute(disks())); },
                      deed.point);
                std::this_thread::sleep_for(moment); // nothing is waited for: this is what differs
                ::kill(daemon, SIGKILL);
                live::kill_libvirtd();
                live::start_libvirtd();
                BOOST_TEST(all_has_ended());
                BOOST_TEST(is_seen_as(bystander, "known"));
                const auto state = state_of(guest);
                BOOST_TEST(state == deed.state);
                seen += to_text(moment) + ": " + state + (shows(guest, "vdb") ? " with vdb; " : "; ");
                tried_again += agent.log().find("it will be tried again", logged) != std::string::npos;
                node = live::Node();
                BOOST_TEST(live::qemu_of("occi-" + bystander) == process);
                const bool has_process = state == "ACTIVE" || state == "SUSPENDED";
                BOOST_TEST(live::processes("qemu-system").size() == (has_process ? 2U : 1U));
                if (state == "404") continue;
                BOOST_TEST((state == "ACTIVE") == node.is_running("occi-" + guest));
                check_disks(guest);
                if (deed.act == add_disk) check_attached(guest);
                remove(path(guest));
            }
        }
        live::row("kill -9 of libvirtd in " + deed.point, seen + "something had to be tried again in " +
                                                              std::to_string(tried_again) + " of " +
                                                              std::to_string(deed.moments.size()));
    }
    leave_nothing();
}

BOOST_AUTO_TEST_CASE(that_is_killed_idle_is_done_without_and_found_again) {
    const auto dies = make(), goes = make();
    live::Onlooker onlooker(agent, {"/compute", path(bystander), path(dies), "/storage/" + original});
    live::kill_libvirtd();
    BOOST_TEST(is_seen_as(bystander, "unknown"));
    BOOST_TEST(state_of(bystander) == "ACTIVE");
    BOOST_TEST(live::element(client.get(path(bystander)).body, "REASON")
                   .starts_with("libvirt does not answer since"));
    BOOST_TEST(client.get("/-/health").body.find("libvirt does not answer") != std::string::npos);
    BOOST_TEST(client.post("/compute", "<COMPUTE/>").status == 503);
    BOOST_TEST(put(bystander, "SUSPENDED").status == 503);
    ask_to_remove(*this, goes);
    ::kill(live::qemu_of("occi-" + dies), SIGKILL);

    const live::Stopwatch watch;
    live::start_libvirtd();
    BOOST_TEST(is_seen_as(bystander, "known"));
    const auto found_after = watch.time();
    BOOST_TEST(becomes(goes, "404"));
    BOOST_TEST(becomes(dies, "FAILED"));
    const auto entry = client.get(path(dies)).body;
    BOOST_TEST(!live::element(entry, "MESSAGE").empty());
    BOOST_TEST(was_told(dies, "crashed"));
    const auto seen = onlooker.looked();
    BOOST_TEST(seen.complaint() == "");
    node = live::Node();
    BOOST_TEST(!node.is_running("occi-" + dies));
    BOOST_TEST(live::qemu_of("occi-" + bystander) == process);
    live::row("kill -9 of libvirtd, idle, and a new one",
              "found after " + to_text(found_after) + ", the same processes; " + seen.text());
    live::row("kill -9 of a QEMU meanwhile", "shown as " + live::element(entry, "STATE") + ", " +
                                                 live::element(entry, "MESSAGE") + ", with an event");
    remove(path(dies));
    leave_nothing();
}

BOOST_AUTO_TEST_CASE(that_is_killed_while_a_guest_stands_still_is_found_again) {
    const auto still = make();
    const auto still_process = live::qemu_of("occi-" + still);
    live::Frozen frozen(still_process);
    live::kill_libvirtd();
    BOOST_TEST(is_seen_as(bystander, "unknown"));
    live::start_libvirtd();
    const live::Stopwatch watch;
    BOOST_TEST(is_seen_as(bystander, "known"));
    BOOST_TEST(is_seen_as(still, "stuck"));
    const auto stuck_after = watch.time();
    BOOST_TEST(state_of(still) == "ACTIVE");
    BOOST_TEST(put(bystander, "SUSPENDED").status == 202);
    BOOST_TEST(becomes(bystander, "SUSPENDED"));
    frozen.let_go();
    BOOST_TEST(is_seen_as(still, "known"));
    BOOST_TEST(put(still, "SUSPENDED").status == 202);
    BOOST_TEST(becomes(still, "SUSPENDED"));
    BOOST_TEST(live::qemu_of("occi-" + still) == still_process);
    node = live::Node();
    live::row("SIGSTOP a QEMU, then kill -9 of libvirtd",
              "the new one is found, the guest stuck after " + to_text(stuck_after) + "; SIGCONT: it obeys");
    remove(path(still));
    leave_nothing();
}

BOOST_AUTO_TEST_CASE(that_stands_still_is_done_without_and_goes_on) {
    const auto stops = make(), goes = make(), goes_later = make();
    live::Onlooker onlooker(agent, {"/compute", path(bystander), "/storage/" + original, "/-/health"});
    std::string starts;
    std::vector<live::Timed> changes;
    begin([&] { starts = compute(disks()); }, "create compute/start");
    live::Frozen frozen(live::libvirtd());
    const live::Stopwatch watch;

    // Nobody knows yet: what is asked for waits, and its answer does not.
    const auto ask = [&](int status, const std::function<support::Answer()>& request) {
        changes.push_back(live::all_at_once(1, request).front());
        BOOST_TEST(changes.back().answer.status == status);
    };
    ask(202, [&] { return put(stops, "CANCEL"); });
    ask(202, [&] { return client.remove(path(goes)); });
    BOOST_TEST(is_seen_as(bystander, "unknown"));
    const auto noticed_after = watch.time();
    const auto age = client.get(path(bystander)).header("Age");
    BOOST_TEST(std::stoi(age) >= 10);
    BOOST_TEST(state_of(bystander) == "ACTIVE");

    ask(503, [&] { return client.post("/compute", "<COMPUTE/>"); });
    ask(503, [&] {
        return client.post("/network", "<NETWORK><NAME>x</NAME><ADDRESS>10.209.0.0</ADDRESS></NETWORK>");
    });
    ask(503, [&] { return put(bystander, "SUSPENDED"); });
    ask(503, [&] { return put(bystander, "CANCEL"); });
    ask(202, [&] { return client.remove(path(goes_later)); });
    BOOST_TEST((live::slowest(changes) < prompt_change));
    const auto many = live::all_at_once(100, [&] { return put(bystander, "SUSPENDED"); });
    BOOST_TEST(live::statuses(many)[503] == many.size());
    BOOST_TEST((live::slowest(many) < live::prompt));
    BOOST_TEST(support::eventually([&] { return watch.time() > long_enough; }, 2 * long_enough));

    frozen.let_go();
    const live::Stopwatch again;
    BOOST_TEST(is_seen_as(bystander, "known"));
    const auto found_after = again.time();
    BOOST_TEST(all_has_ended());
    const auto seen = onlooker.looked();
    BOOST_TEST(seen.complaint() == "");
    BOOST_TEST(!agent.has_died());
    BOOST_TEST(state_of(starts) == "ACTIVE");
    BOOST_TEST(state_of(stops) == "STOPPED");
    BOOST_TEST(state_of(goes) == "404");
    BOOST_TEST(state_of(goes_later) == "404");
    node = live::Node();
    BOOST_TEST(node.is_running("occi-" + starts));
    BOOST_TEST(!node.is_running("occi-" + stops));
    BOOST_TEST(live::qemu_of("occi-" + bystander) == process);
    live::row("SIGSTOP of libvirtd for " + to_text(watch.time()) + ", in a start",
              "shown unknown after " + to_text(noticed_after) + ", Age " + age + "; " +
                  to_text(live::statuses(changes)) + ", the slowest " + to_text(live::slowest(changes)) +
                  "; " + to_text(live::statuses(many)) + " at once, " + to_text(live::slowest(many)) + "; " +
                  seen.text());
    live::row("SIGCONT it", "found after " + to_text(found_after) + ": what was begun is started, off, gone");
    remove(path(starts));
    remove(path(stops));
    leave_nothing();
}

BOOST_AUTO_TEST_SUITE_END()
