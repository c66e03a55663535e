#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/compute.hh"
#include "drivers/libvirt/connection.hh"
#include "drivers/libvirt/events.hh"
#include "tests/support/eventually.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <vector>

// libvirt's own "test" driver, which lives in this process, stands for a hypervisor that answers.
namespace bdata = boost::unit_test::data;
using namespace hv;
using namespace hv::libvirt;
using namespace std::chrono_literals;

namespace {

constexpr auto bound = 10s;

class Ear : public Listener {
public:
    void changed(const Change& change) noexcept override { hear("changed " + change.id + " " + change.what); }
    void found() noexcept override { hear("found"); }
    void lost(const std::string& why) noexcept override { hear("lost " + why); }

    template <class F> bool wait(F&& holds) {
        std::unique_lock hold(mutex_);
        return spoken_.wait_for(hold, bound, [&] { return holds(heard_); });
    }
    std::vector<std::string> heard() {
        std::lock_guard hold(mutex_);
        return heard_;
    }

private:
    void hear(std::string what) {
        std::lock_guard hold(mutex_);
        heard_.push_back(std::move(what));
        spoken_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable spoken_;
    std::vector<std::string> heard_;
};

Connection::Hooks hooks_of(const std::shared_ptr<Events>& events) {
    return {[events](virConnectPtr connect) { return events->subscribe(connect); },
            [events] { events->found(); }, [events](const std::string& why) { events->lost(why); }};
}

bool is_unavailable(const Error& error) { return error.fault() == Fault::unavailable; }

const Uuid test_domain = "6695eb01-f6a4-8304-79aa-97f2502e193f"; // every libvirt's test:///default has it

struct Pause {
    std::chrono::milliseconds away;
    double jitter;
    std::chrono::milliseconds pause;
};

std::ostream& operator<<(std::ostream& out, const Pause& p) { return out << p.away.count() << " ms away"; }

const std::vector<Pause> pauses{{0ms, 0.5, 50ms},   {0ms, 0, 40ms},      {1600ms, 0.5, 200ms},
                                {1600ms, 1, 240ms}, {3600s, 0.5, 250ms}, {3600s, 0, 200ms}};

} // namespace

BOOST_AUTO_TEST_SUITE(libvirt_connection)

BOOST_DATA_TEST_CASE(waits_longer_the_longer_it_has_been_away_but_never_long, bdata::make(pauses), example) {
    BOOST_TEST(pause_after(example.away, example.jitter).count() == example.pause.count());
}

BOOST_AUTO_TEST_CASE(connects_and_lends_every_lane) {
    Connection connection("test:///default");
    connection.start({});
    BOOST_REQUIRE(connection.wait(bound));
    // Some of them are not open yet: they are waited for.
    for (const auto lane :
         {Lane::watch, Lane::sampling, Lane::probing, Lane::work, Lane::addresses, Lane::urgent})
        BOOST_TEST(connection.with(lane, virConnectNumOfDomains) == 1);
}

BOOST_AUTO_TEST_CASE(tells_found_before_anything_else) {
    const auto events = std::make_shared<Events>();
    Ear ear;
    events->set_listener(&ear);
    Connection connection("test:///default");
    connection.start(hooks_of(events));
    BOOST_TEST(ear.wait([](const auto& heard) { return !heard.empty(); }));
    BOOST_TEST(ear.heard().front() == "found");
    connection.stop();
}

BOOST_AUTO_TEST_CASE(tells_found_to_who_comes_later) {
    const auto events = std::make_shared<Events>();
    Connection connection("test:///default");
    connection.start(hooks_of(events));
    BOOST_REQUIRE(connection.wait(bound));
    Ear ear;
    events->set_listener(&ear);
    BOOST_TEST(ear.wait([](const auto& heard) { return !heard.empty(); }));
    BOOST_TEST(ear.heard().front() == "found");
    events->set_listener(nullptr);
    connection.stop();
}

BOOST_AUTO_TEST_CASE(tells_what_happens_to_a_domain) {
    const auto events = std::make_shared<Events>();
    Ear ear;
    events->set_listener(&ear);
    Connection connection("test:///default");
    connection.start(hooks_of(events));
    BOOST_REQUIRE(connection.wait(bound));
    connection.with(Lane::work, [](virConnectPtr connect) {
        const Domain domain(virDomainLookupByUUIDString(connect, test_domain.c_str()));
        BOOST_REQUIRE(domain != nullptr);
        BOOST_TEST(virDomainSuspend(domain.get()) == 0);
        BOOST_TEST(virDomainResume(domain.get()) == 0);
    });
    const auto was_told = [](const auto& heard) {
        const auto has = [&](const char* what) {
            return std::ranges::find(heard, "changed " + test_domain + " " + what) != heard.end();
        };
        return has("suspended") && has("resumed");
    };
    BOOST_TEST(ear.wait(was_told));
    connection.stop();
}

BOOST_AUTO_TEST_CASE(says_why_it_cannot_be_had) {
    const auto events = std::make_shared<Events>();
    Ear ear;
    events->set_listener(&ear);
    Connection connection("qemu+unix:///system?socket=/nonexistent/socket");
    connection.start(hooks_of(events));
    BOOST_TEST(!connection.try_wait(bound));
    BOOST_CHECK_EXCEPTION(connection.with(Lane::work, [](virConnectPtr) {}), Error, is_unavailable);
    BOOST_TEST(ear.wait([](const auto& heard) { return !heard.empty(); }));
    BOOST_TEST(ear.heard().front().starts_with("lost "));
    BOOST_TEST(ear.heard().front().find("/nonexistent/socket") != std::string::npos);
    connection.stop();
}

BOOST_AUTO_TEST_CASE(is_unavailable_after_its_stop) {
    Connection connection("test:///default");
    connection.start({});
    BOOST_REQUIRE(connection.wait(bound));
    connection.stop();
    connection.stop();
    BOOST_CHECK_EXCEPTION(connection.with(Lane::watch, [](virConnectPtr) {}), Error, is_unavailable);
}

BOOST_AUTO_TEST_CASE(leaves_what_is_lent_valid_after_its_stop) {
    Connection connection("test:///default");
    connection.start({});
    BOOST_REQUIRE(connection.wait(bound));
    connection.with(Lane::work, [&](virConnectPtr connect) {
        connection.stop();
        BOOST_TEST(virConnectNumOfDomains(connect) == 1);
    });
}

BOOST_AUTO_TEST_CASE(gives_a_connection_to_one_at_a_time) {
    Connection connection("test:///default");
    connection.start({});
    BOOST_REQUIRE(connection.wait(bound));
    std::promise<void> go;
    const auto gone = go.get_future().share();
    std::promise<void> all_in;
    std::atomic<int> in = 0;
    std::vector<std::future<void>> holders;
    for (int i = 0; i < 4; ++i)
        holders.push_back(std::async(std::launch::async, [&] {
            connection.with(Lane::watch, [&](virConnectPtr) {
                if (++in == 4) all_in.set_value();
                gone.wait();
            });
        }));
    all_in.get_future().wait();
    std::atomic<bool> fifth_in = false;
    auto fifth = std::async(std::launch::async,
                            [&] { connection.with(Lane::watch, [&](virConnectPtr) { fifth_in = true; }); });
    // Its turn cannot come while four are in; that it has not come yet could only ever be too kind to us.
    BOOST_TEST((fifth.wait_for(50ms) == std::future_status::timeout));
    BOOST_TEST(!fifth_in);
    go.set_value();
    fifth.get();
    BOOST_TEST(fifth_in);
}

BOOST_AUTO_TEST_CASE(lends_one_of_the_other_lane_when_the_first_is_taken) {
    Connection connection("test:///default");
    connection.start({});
    // They are opened one after the other.
    std::vector<std::shared_ptr<virConnect>> held;
    const auto is_taken = [&] {
        try {
            held.push_back(connection.lend(Lane::urgent, Lane::urgent, 1ms));
            return held.size() == 2;
        } catch (const Error&) {
            return false;
        }
    };
    BOOST_REQUIRE(support::eventually(is_taken));
    BOOST_CHECK_EXCEPTION(connection.lend(Lane::urgent, Lane::urgent, 1ms), Error,
                          [](const Error& e) { return e.fault() == Fault::busy; });
    BOOST_TEST(connection.lend(Lane::urgent, Lane::work, 1ms) != nullptr);
    held.pop_back();
    BOOST_TEST(connection.lend(Lane::urgent, Lane::urgent, 1ms) != nullptr);
}

// Whose call hangs keeps its connection, and the next one gets another.
BOOST_AUTO_TEST_CASE(opens_another_one_in_the_place_of_one_that_is_stuck) {
    Connection connection("test:///default");
    connection.start({});
    BOOST_REQUIRE(connection.wait(bound));
    std::vector<std::shared_ptr<virConnect>> stuck;
    for (int i = 0; i < 40; ++i) { // more than there are for work
        stuck.push_back(connection.lend(Lane::work));
        connection.replace(stuck.back().get());
    }
    for (const auto& each : stuck) BOOST_TEST(virConnectNumOfDomains(each.get()) == 1);
    connection.replace(stuck.front().get()); // it is nobody's any more
    stuck.clear();
    BOOST_TEST(connection.with(Lane::work, virConnectNumOfDomains) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(libvirt_compute)

namespace {

struct Verb {
    std::string name;
    std::function<void(Compute&, const Uuid&)> call;
};

std::ostream& operator<<(std::ostream& out, const Verb& verb) { return out << verb.name; }

const std::vector<Verb> changing_verbs{
    {"start", [](Compute& c, const Uuid& id) { c.start(id); }},
    {"press_power_button", [](Compute& c, const Uuid& id) { c.press_power_button(id); }},
    {"power_off", [](Compute& c, const Uuid& id) { c.power_off(id); }},
    {"pause", [](Compute& c, const Uuid& id) { c.suspend(id, Suspend::pause); }},
    {"save", [](Compute& c, const Uuid& id) { c.suspend(id, Suspend::save); }},
    {"reset", [](Compute& c, const Uuid& id) { c.restart(id, Restart::reset); }},
    {"reboot", [](Compute& c, const Uuid& id) { c.restart(id, Restart::acpi); }},
    {"revise", [](Compute& c, const Uuid& id) { c.revise(id, {}); }},
    {"grow", [](Compute& c, const Uuid& id) { c.grow(id, new_uuid(), 1); }},
};

struct Bench {
    Bench() {
        connection.start({});
        BOOST_REQUIRE(connection.wait(bound));
    }
    Connection connection{"test:///default"};
    Events events;
    Domains domains{connection,
                    events,
                    std::make_shared<Diagnoses>(),
                    {[](virConnectPtr, const std::string&) { return "qemu"; }, "x86_64", "/nonexistent",
                     [] { return Uuid("a0000000-0000-4000-8000-00000000000a"); }}};
};

} // namespace

BOOST_DATA_TEST_CASE(never_changes_a_foreign_domain, bdata::make(changing_verbs), verb) {
    Bench bench;
    BOOST_CHECK_EXCEPTION(verb.call(bench.domains, test_domain), Error,
                          [](const Error& e) { return e.fault() == Fault::forbidden; });
    const auto machine = bench.domains.find(test_domain);
    BOOST_REQUIRE(machine.has_value());
    BOOST_TEST((machine->state == MachineState::running));
    BOOST_TEST(machine->spec.title == "test");
}

BOOST_AUTO_TEST_CASE(never_removes_a_foreign_domain) {
    Bench bench;
    BOOST_CHECK_EXCEPTION(bench.domains.remove(test_domain), Error,
                          [](const Error& e) { return e.fault() == Fault::forbidden; });
    BOOST_TEST(bench.domains.find(test_domain).has_value());
}

BOOST_DATA_TEST_CASE(does_not_find_what_is_not_there, bdata::make(changing_verbs), verb) {
    Bench bench;
    BOOST_CHECK_EXCEPTION(verb.call(bench.domains, "00000000-0000-4000-8000-000000000000"), Error,
                          [](const Error& e) { return e.fault() == Fault::not_found; });
}

// A libvirtd that was killed in the middle of a power-off says so afterwards.
BOOST_AUTO_TEST_CASE(shows_what_it_forced_off_as_off_although_libvirt_takes_it_for_crashed) {
    Bench bench;
    const Uuid id = "0c0ffee0-0000-4000-8000-000000000002";
    const auto in_libvirt = [&](int (*call)(virDomainPtr)) {
        bench.connection.with(Lane::work, [&](virConnectPtr connect) {
            BOOST_REQUIRE(call(look_up(connect, id, "").get()) == 0);
        });
    };
    const auto crash = [](virDomainPtr domain) {
        return virDomainCoreDump(domain, "/dev/null", VIR_DUMP_CRASH);
    };
    const auto state = [&] { return bench.domains.find(id).value().state; };
    MachineSpec spec;
    spec.memory = 1 << 20;
    bench.domains.define(id, spec);
    bench.domains.start(id);
    in_libvirt(crash);
    BOOST_TEST((state() == MachineState::crashed));
    bench.domains.power_off(id);
    BOOST_TEST((state() == MachineState::off));
    BOOST_TEST(bench.domains.find(id).value().reason == "destroyed");
    bench.domains.start(id);
    BOOST_TEST((state() == MachineState::running));
    in_libvirt(crash);
    BOOST_TEST((state() == MachineState::crashed));
    in_libvirt(virDomainUndefine);
}

BOOST_AUTO_TEST_CASE(removes_what_is_not_there) {
    Bench bench;
    BOOST_CHECK_NO_THROW(bench.domains.remove("00000000-0000-4000-8000-000000000000"));
    BOOST_TEST(!bench.domains.find("00000000-0000-4000-8000-000000000000").has_value());
}

BOOST_AUTO_TEST_CASE(lets_who_waits_for_a_reservation_hold_nothing_else) {
    Connection connection("test:///default");
    connection.start({});
    BOOST_REQUIRE(connection.wait(bound));
    const auto reserving = connection.lend(Lane::addresses);
    BOOST_CHECK_EXCEPTION(connection.lend(Lane::addresses, Lane::addresses, 1ms), Error,
                          [](const Error& e) { return e.fault() == Fault::busy; });
    BOOST_TEST(connection.lend(Lane::work) != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
