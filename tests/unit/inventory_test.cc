#define BOOST_TEST_DYN_LINK
#include "agent/state/inventory.hh"
#include "drivers/fake/fake_host.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>

using namespace state;
using namespace std::chrono_literals;

namespace {

constexpr auto long_enough = 10s;
const Uuid id = "6695eb01-0000-4000-8000-000000000001";

struct Fixture {
    support::TempFolder folder;
    Database database{folder.path()};
    Store store{database};
    EventLog log{database};
    Chronicle chronicle{log, store};
    hv::fake::FakeHost host;
    std::atomic<int> refills = 0;
    Inventory inventory{host, store, chronicle};

    void watch() {
        inventory.watch([this] { ++refills; });
        BOOST_REQUIRE(support::eventually([this] { return refills > 0; }));
    }
    bool shows(hv::MachineState wanted) {
        return inventory.wait(
            [&](const Snapshot& seen) {
                const auto* machine = find(seen.machines, id);
                return machine && machine->state == wanted;
            },
            long_enough);
    }
    // What was told of it so far: "created started stopped(why)".
    std::string told() {
        BOOST_REQUIRE(chronicle.settle());
        std::string words;
        for (const auto& event : log.after(0, 1000, Reach::of_all()).events) {
            if (event.id != id) continue;
            words += (words.empty() ? "" : " ") + event.what;
            if (!event.detail.empty()) words += "(" + event.detail + ")";
        }
        return words;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(inventory, Fixture)

// A disk that hangs hides its volumes, and nothing else.
BOOST_AUTO_TEST_CASE(shows_machines_and_networks_while_the_pool_cannot_be_seen) {
    host.add_foreign_machine("other");
    host.fail_next("storage.list", Error(Fault::unavailable, "the storage pool does not answer"));
    watch();
    const auto seen = inventory.now();
    BOOST_TEST(seen->complete);
    BOOST_TEST(seen->machines.size() == 1U);
    BOOST_TEST(!seen->pool_listed);
    BOOST_TEST(seen->why_no_pool == "the storage pool does not answer");
    host.storage().create(id, 1);
    inventory.changed({hv::Change::Subject::volume, "", "pool", "", std::nullopt}); // it answers again
    BOOST_TEST(inventory.wait(
        [](const Snapshot& later) {
            return later.pool_listed && later.why_no_pool.empty() && later.volumes.contains(id);
        },
        long_enough));
    BOOST_TEST(support::eventually([this] { return refills > 1; }));
}

BOOST_AUTO_TEST_CASE(lists_soon_again_what_could_not_be_listed) {
    for (int i = 0; i < 3; ++i) host.fail_next("compute.list", Error(Fault::unavailable, "a hitch"));
    inventory.watch([] {});
    BOOST_TEST(inventory.wait([](const Snapshot& seen) { return seen.complete; }, long_enough));
}

BOOST_AUTO_TEST_CASE(knows_that_it_knows_nothing_before_the_first_listing) {
    BOOST_TEST(!inventory.now()->complete);
    watch();
    BOOST_TEST(inventory.now()->complete);
    BOOST_TEST(inventory.now()->connected);
}

BOOST_AUTO_TEST_CASE(begins_with_the_records_of_the_store) {
    store.put(StorageRecord{id, "local", "kept", "", 1, Phase::ready, ""});
    Inventory again(host, store, chronicle);
    BOOST_REQUIRE(find(again.now()->storage_records, id));
    BOOST_TEST(find(again.now()->storage_records, id)->title == "kept");
}

BOOST_AUTO_TEST_CASE(follows_what_the_hypervisor_tells) {
    watch();
    host.compute().define(id, {});
    BOOST_TEST(shows(hv::MachineState::off));
    host.compute().start(id);
    BOOST_TEST(shows(hv::MachineState::running));
    host.guest_powers_off(id);
    BOOST_TEST(shows(hv::MachineState::off));
    host.compute().remove(id);
    BOOST_TEST(inventory.wait([](const Snapshot& seen) { return !seen.machines.contains(id); }, long_enough));
}

BOOST_AUTO_TEST_CASE(keeps_what_it_saw_while_the_hypervisor_is_away_and_lists_anew_afterwards) {
    host.compute().define(id, {});
    host.compute().start(id);
    watch();
    host.lose("on purpose");
    BOOST_TEST(inventory.wait([](const Snapshot& seen) { return !seen.connected; }, long_enough));
    BOOST_TEST(shows(hv::MachineState::running));
    BOOST_TEST(inventory.now()->why_lost == "on purpose");
    host.guest_powers_off(id);
    host.come_back();
    BOOST_TEST(shows(hv::MachineState::off));
    BOOST_TEST(inventory.now()->connected);
}

BOOST_AUTO_TEST_CASE(repeats_a_listing_that_failed) {
    host.compute().define(id, {});
    watch();
    // found() is told once only.
    host.fail_next("compute.list", Error(Fault::unavailable, "on purpose"));
    host.lose("on purpose");
    host.come_back();
    BOOST_TEST(support::eventually([this] { return refills > 1; }));
}

BOOST_AUTO_TEST_CASE(shows_what_was_told_while_it_read_by_the_time_that_it_has_read) {
    host.compute().define(id, {});
    inventory.reread_machine(id);
    host.hold("compute.find");
    std::jthread reader([&] { inventory.reread_machine(id); });
    BOOST_REQUIRE(host.wait_until_held("compute.find"));
    host.set_state(id, hv::MachineState::running, "booted");
    inventory.changed({hv::Change::Subject::machine, id, "started", "booted", hv::MachineState::running});
    host.release("compute.find");
    reader.join();
    BOOST_TEST((find(inventory.now()->machines, id)->state == hv::MachineState::running));
}

BOOST_AUTO_TEST_CASE(reads_once_for_each_of_those_who_ask_at_the_same_time) {
    host.compute().define(id, {});
    host.settle();
    const auto before = host.calls("compute.find");
    host.hold("compute.find");
    std::vector<std::jthread> readers;
    for (int i = 0; i < 4; ++i) readers.emplace_back([&] { inventory.reread_machine(id); });
    BOOST_REQUIRE(support::eventually([&] { return host.calls("compute.find") == before + 4; }));
    host.release("compute.find");
    readers.clear(); // joins
    BOOST_TEST(host.calls("compute.find") == before + 4);
    BOOST_TEST(find(inventory.now()->machines, id));
}

BOOST_AUTO_TEST_CASE(reads_nothing_again_that_somebody_has_read_since_it_was_told) {
    using Subject = hv::Change::Subject;
    watch();
    host.compute().define(id, {});
    host.settle();
    BOOST_REQUIRE(shows(hv::MachineState::off));
    host.hold("storage.find");
    inventory.changed({Subject::volume, "a volume", "made", "", std::nullopt});
    BOOST_REQUIRE(host.wait_until_held("storage.find")); // the worker is busy
    inventory.changed({Subject::machine, id, "device added", "", std::nullopt});
    inventory.reread_machine(id);
    const auto readings = host.calls("compute.find");
    host.hold("network.find");
    inventory.changed({Subject::network, "a network", "started", "", std::nullopt});
    host.release("storage.find");
    BOOST_REQUIRE(host.wait_until_held("network.find")); // it has passed the machine
    BOOST_TEST(host.calls("compute.find") == readings);
    host.release("network.find");
}

BOOST_AUTO_TEST_CASE(lets_nobody_write_between_a_look_and_what_follows_from_it) {
    constexpr std::uint64_t times = 50;
    inventory.put(StorageRecord{id, "ann", "a storage", "", 0, Phase::ready, ""});
    const auto count = [&] {
        for (std::uint64_t i = 0; i < times; ++i)
            inventory.in_turn([&] {
                auto record = *find(inventory.now()->storage_records, id);
                ++record.bytes;
                inventory.put(record);
            });
    };
    std::jthread other(count);
    count();
    other.join();
    BOOST_TEST(find(inventory.now()->storage_records, id)->bytes == 2 * times);
    BOOST_TEST(store.storages().at(0).bytes == 2 * times);
}

BOOST_AUTO_TEST_CASE(tells_each_change_once_however_often_it_is_seen) {
    watch();
    host.compute().define(id, {});
    inventory.reread_machine(id);
    host.compute().start(id);
    inventory.reread_machine(id);
    host.settle();
    inventory.reread_machine(id);
    host.guest_powers_off(id);
    host.settle();
    BOOST_TEST(shows(hv::MachineState::off));
    host.compute().remove(id);
    BOOST_TEST(inventory.wait([](const Snapshot& seen) { return !seen.machines.contains(id); }, long_enough));
    const auto words = told();
    BOOST_TEST(words.starts_with("created started"));
    BOOST_TEST(words.ends_with("stopped(shut down by the guest) deleted"));
    BOOST_TEST(
        std::ranges::count(words, ' ') - std::ranges::count(std::string("shut down by the guest"), ' ') <= 6);
}

BOOST_AUTO_TEST_CASE(tells_after_a_restart_what_happened_while_nobody_looked) {
    {
        Inventory first(host, store, chronicle);
        first.watch([this] { ++refills; });
        BOOST_REQUIRE(support::eventually([this] { return refills > 0; })); // what is made before is nobody's
        host.compute().define(id, {});
        host.compute().start(id);
        BOOST_REQUIRE(first.wait(
            [](const Snapshot& seen) {
                const auto* machine = find(seen.machines, id);
                return machine && machine->state == hv::MachineState::running;
            },
            long_enough));
    }
    BOOST_REQUIRE(chronicle.settle());
    host.guest_powers_off(id);
    host.settle();
    Inventory second(host, store, chronicle);
    second.watch({});
    BOOST_REQUIRE(second.wait([](const Snapshot& seen) { return seen.complete; }, long_enough));
    BOOST_TEST(told().find("stopped") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(keeps_the_reason_that_the_hypervisor_forgets) {
    watch();
    host.compute().define(id, {});
    host.compute().start(id);
    host.guest_powers_off(id);
    host.settle();
    BOOST_TEST(shows(hv::MachineState::off));
    host.set_state(id, hv::MachineState::off, "");
    inventory.reread_machine(id);
    BOOST_TEST(find(inventory.now()->machines, id)->reason == "shut down by the guest");
}

BOOST_AUTO_TEST_CASE(tells_that_a_machine_does_not_react_and_that_it_does_again) {
    watch();
    host.compute().define(id, {});
    host.compute().start(id);
    host.set_stuck(id, "monitor silent");
    BOOST_TEST(inventory.wait(
        [](const Snapshot& seen) {
            const auto* machine = find(seen.machines, id);
            return machine && machine->stuck == "monitor silent";
        },
        long_enough));
    host.set_stuck(id, "");
    BOOST_TEST(inventory.wait([](const Snapshot& seen) { return find(seen.machines, id)->stuck.empty(); },
                              long_enough));
    BOOST_TEST(told().ends_with("stuck(monitor silent) reacting"));
}

BOOST_AUTO_TEST_CASE(stops_waiting_when_it_is_told_to) {
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    BOOST_TEST(!inventory.wait([](const Snapshot&) { return false; }, long_enough, stop.get_token()));
}

BOOST_AUTO_TEST_CASE(writes_records_through_to_the_store) {
    watch();
    inventory.put(StorageRecord{id, "local", "first", "", 1, Phase::ready, ""});
    BOOST_TEST(find(inventory.now()->storage_records, id)->title == "first");
    inventory.drop_storage(id);
    BOOST_TEST(!inventory.now()->storage_records.contains(id));
    BOOST_TEST(store.storages().empty());
}

BOOST_AUTO_TEST_SUITE_END()
