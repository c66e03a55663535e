#define VIR_ENUM_SENTINELS
#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/events.hh"
#include "drivers/libvirt/life.hh"
#include "drivers/libvirt/state.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <libvirt/libvirt.h>
#include <ostream>
#include <set>
#include <vector>

namespace bdata = boost::unit_test::data;
using namespace hv;
using namespace hv::libvirt;

namespace {

struct Details {
    int event;
    int count;
};
std::ostream& operator<<(std::ostream& out, const Details& d) { return out << "event " << d.event; }

const std::vector<Details> all{{VIR_DOMAIN_EVENT_DEFINED, VIR_DOMAIN_EVENT_DEFINED_LAST},
                               {VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_LAST},
                               {VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_LAST},
                               {VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_LAST},
                               {VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_LAST},
                               {VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_LAST},
                               {VIR_DOMAIN_EVENT_SHUTDOWN, VIR_DOMAIN_EVENT_SHUTDOWN_LAST},
                               {VIR_DOMAIN_EVENT_PMSUSPENDED, VIR_DOMAIN_EVENT_PMSUSPENDED_LAST},
                               {VIR_DOMAIN_EVENT_CRASHED, VIR_DOMAIN_EVENT_CRASHED_LAST}};

// What a stop and the state after it say of the same thing.
struct Stop {
    int detail;
    int reason;
};
std::ostream& operator<<(std::ostream& out, const Stop& s) { return out << "detail " << s.detail; }

const std::vector<Stop> stops{{VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, VIR_DOMAIN_SHUTOFF_SHUTDOWN},
                              {VIR_DOMAIN_EVENT_STOPPED_DESTROYED, VIR_DOMAIN_SHUTOFF_DESTROYED},
                              {VIR_DOMAIN_EVENT_STOPPED_CRASHED, VIR_DOMAIN_SHUTOFF_CRASHED},
                              {VIR_DOMAIN_EVENT_STOPPED_FAILED, VIR_DOMAIN_SHUTOFF_CRASHED},
                              {VIR_DOMAIN_EVENT_STOPPED_MIGRATED, VIR_DOMAIN_SHUTOFF_MIGRATED},
                              {VIR_DOMAIN_EVENT_STOPPED_SAVED, VIR_DOMAIN_SHUTOFF_SAVED},
                              {VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT, VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT}};

struct Alias {
    std::string alias, name;
};
std::ostream& operator<<(std::ostream& out, const Alias& a) { return out << a.alias; }

const std::vector<Alias> aliases{
    {"virtio-disk0", "vda"}, {"virtio-disk25", "vdz"},       {"virtio-disk26", "vdaa"},
    {"ua-disk-vdb", "vdb"},  {"ide0-0-1", "ide0-0-1"},       {"net0", "net0"},
    {"ua-nic-0", "nic-0"},   {"virtio-disk", "virtio-disk"}, {"a\nb", "a\\x0ab"}};

class Ear : public Listener {
public:
    void changed(const Change& change) noexcept override { heard.push_back(change); }
    void found() noexcept override {}
    void lost(const std::string&) noexcept override {}
    std::vector<Change> heard;
};

struct Bench {
    Bench() { events.set_listener(&ear); }
    ~Bench() { events.set_listener(nullptr); }
    Ear ear;
    std::vector<Uuid> gone;
    Events events{"/srv/pool/", [this](const Uuid& id) { gone.push_back(id); }};
};

} // namespace

BOOST_AUTO_TEST_SUITE(libvirt_life)

BOOST_AUTO_TEST_CASE(lists_every_event_that_libvirt_has) {
    BOOST_TEST(all.size() == std::size_t{VIR_DOMAIN_EVENT_LAST});
}

BOOST_DATA_TEST_CASE(has_a_row_for_every_event_with_every_detail, bdata::make(all), details) {
    const std::set<std::string_view> words{"defined", "undefined", "started", "suspended",
                                           "resumed", "stopped",   "crashed", "shutting down"};
    for (int detail = 0; detail < details.count; ++detail) BOOST_TEST_CONTEXT("detail " << detail) {
            const auto row = happening_of(details.event, detail);
            BOOST_REQUIRE(row.has_value());
            BOOST_TEST(words.contains(row->what));
            BOOST_TEST(!row->detail.empty());
            const bool of_a_definition =
                details.event == VIR_DOMAIN_EVENT_DEFINED || details.event == VIR_DOMAIN_EVENT_UNDEFINED;
            BOOST_TEST(row->state.has_value() != of_a_definition);
        }
    BOOST_TEST(!happening_of(details.event, details.count).has_value());
}

BOOST_DATA_TEST_CASE(says_of_a_stop_what_the_state_after_it_says, bdata::make(stops), stop) {
    const auto event = happening_of(VIR_DOMAIN_EVENT_STOPPED, stop.detail).value();
    const auto state = meaning_of(VIR_DOMAIN_SHUTOFF, stop.reason, stop.reason == VIR_DOMAIN_SHUTOFF_SAVED);
    BOOST_TEST(event.detail == state.reason);
    BOOST_TEST((event.state == state.state));
}

BOOST_AUTO_TEST_CASE(tells_the_word_alone_of_a_detail_it_does_not_know) {
    BOOST_TEST(closest_happening(VIR_DOMAIN_EVENT_STOPPED, 999).what == "stopped");
    BOOST_TEST(closest_happening(VIR_DOMAIN_EVENT_STOPPED, 999).detail == "");
    BOOST_TEST(!closest_happening(VIR_DOMAIN_EVENT_STOPPED, 999).state.has_value());
    BOOST_TEST(closest_happening(999, 0).what == "changed");
    BOOST_TEST(closest_happening(-1, 0).what == "changed");
}

BOOST_AUTO_TEST_CASE(knows_what_every_watchdog_does) {
    for (int action = 0; action < VIR_DOMAIN_EVENT_WATCHDOG_LAST; ++action)
        BOOST_TEST(!watchdog_action(action).empty());
    BOOST_TEST(watchdog_action(VIR_DOMAIN_EVENT_WATCHDOG_LAST) == "");
}

BOOST_DATA_TEST_CASE(calls_a_device_what_its_owner_calls_it, bdata::make(aliases), example) {
    BOOST_TEST(device_name(example.alias) == example.name);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(libvirt_events)

BOOST_AUTO_TEST_CASE(tells_what_happened_and_why_and_what_it_led_to) {
    Bench bench;
    bench.events.life("a", VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_SAVED);
    BOOST_REQUIRE(bench.ear.heard.size() == 1U);
    const auto& change = bench.ear.heard.front();
    BOOST_TEST((change.subject == Change::Subject::machine));
    BOOST_TEST(change.id == "a");
    BOOST_TEST(change.what == "stopped");
    BOOST_TEST(change.detail == "saved");
    BOOST_TEST((change.state == MachineState::saved));
}

BOOST_AUTO_TEST_CASE(says_which_disk_has_which_trouble) {
    Bench bench;
    bench.events.disk_error("a", "/dev/sdb", "virtio-disk1", false, "enospc");
    BOOST_REQUIRE(bench.ear.heard.size() == 1U);
    BOOST_TEST(bench.ear.heard.front().what == "disk error");
    BOOST_TEST(bench.ear.heard.front().detail == "vdb: no space left on the device");
    BOOST_TEST(bench.events.why_paused("a") == "");
}

BOOST_AUTO_TEST_CASE(says_that_our_pool_is_full) {
    Bench bench;
    bench.events.disk_error("a", "/srv/pool/disk.qcow2", "virtio-disk0", true, "enospc");
    BOOST_TEST(bench.events.why_paused("a") == "paused: no space left on pool occi");
    bench.events.life("a", VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_IOERROR);
    BOOST_TEST(bench.ear.heard.back().detail == "paused: no space left on pool occi");
    bench.events.disk_error("b", "/srv/pool/below/disk.qcow2", "virtio-disk0", true, "enospc");
    BOOST_TEST(bench.events.why_paused("b") == "paused: no space left on the device");
}

BOOST_AUTO_TEST_CASE(forgets_why_a_disk_paused_it_when_it_goes_on) {
    Bench bench;
    bench.events.disk_error("a", "/srv/pool/disk.qcow2", "virtio-disk0", true, "enospc");
    bench.events.life("a", VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED);
    BOOST_TEST(bench.events.why_paused("a") == "");
}

BOOST_AUTO_TEST_CASE(tells_of_what_is_gone_once_it_is) {
    Bench bench;
    bench.events.life("a", VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    BOOST_TEST(bench.gone.empty());
    bench.events.life("a", VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED);
    BOOST_TEST((bench.gone == std::vector<Uuid>{"a"}));
}

BOOST_AUTO_TEST_SUITE_END()
