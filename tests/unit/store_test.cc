#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/state/store.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sys/stat.h>

using namespace state;

namespace {

const Uuid first = "6695eb01-0000-4000-8000-000000000001";
constexpr auto awkward = "../x <&'\"> \xC3\xA9 json:{}";

ComputeRecord compute() {
    ComputeRecord record;
    record.id = first;
    record.phase = Phase::coming;
    record.spec.title = awkward;
    record.spec.owner = "local";
    record.spec.cores = 3;
    record.spec.memory = std::uint64_t{5} << 30;
    record.spec.disks.push_back({hv::Content::filesystem, first, "", 1 << 20, "ext4", "vda", {}});
    record.spec.nics.push_back({first, "52:54:00:00:00:01", Ipv4::parse("10.1.0.7"), ""});
    record.spec.notes["type"] = "small";
    return record;
}

unsigned mode_of(const std::filesystem::path& path) {
    struct stat seen {};
    BOOST_REQUIRE_EQUAL(::stat(path.c_str(), &seen), 0);
    return seen.st_mode & 07777U;
}

} // namespace

BOOST_AUTO_TEST_SUITE(store)

BOOST_AUTO_TEST_CASE(gives_back_after_a_restart_what_was_put_into_it) {
    support::TempFolder folder;
    {
        Database database(folder.path());
        Store store(database);
        store.put(compute());
        store.put(
            StorageRecord{first, "local", awkward, "file:///images/x", 123, Phase::failed, "no space", true});
        store.put(NetworkRecord{first, "local", awkward, "30", Phase::ready, true});
    }
    Database database(folder.path());
    Store store(database);
    BOOST_REQUIRE_EQUAL(store.computes().size(), 1U);
    BOOST_TEST((store.computes()[0].spec == compute().spec));
    BOOST_TEST((store.computes()[0].phase == Phase::coming));
    const auto storages = store.storages();
    BOOST_REQUIRE_EQUAL(storages.size(), 1U);
    BOOST_TEST(storages[0].title == awkward);
    BOOST_TEST(storages[0].url == "file:///images/x");
    BOOST_TEST(storages[0].bytes == 123U);
    BOOST_TEST(storages[0].offline);
    BOOST_TEST((storages[0].phase == Phase::failed));
    BOOST_TEST(storages[0].message == "no space");
    BOOST_REQUIRE_EQUAL(store.networks().size(), 1U);
    BOOST_TEST(store.networks()[0].size == "30");
    BOOST_TEST(store.networks()[0].title == awkward);
}

BOOST_AUTO_TEST_CASE(keeps_of_which_group_everything_is_and_with_whom_it_is_shared) {
    support::TempFolder folder;
    {
        Database database(folder.path());
        Store store(database);
        auto machine = compute();
        machine.spec.group = "lab";
        store.put(machine);
        StorageRecord storage{first, "ann", "t", "", 1, Phase::ready, ""};
        storage.group = "lab";
        storage.share = Share::group;
        store.put(storage);
        NetworkRecord network{first, "ann", "t", "C", Phase::ready};
        network.group = "lab";
        network.share = Share::everybody;
        store.put(network);
        store.put(MixinRecord{"a#b", "a#", "b", "", "ann", "/b/", {}, "lab"});
        store.put(std::vector<Sighting>{{first, "ann", hv::MachineState::off, "", {}, "", false, "lab"}});
    }
    Database database(folder.path());
    Store store(database);
    BOOST_TEST(store.computes().at(0).spec.group == "lab");
    BOOST_TEST(store.storages().at(0).group == "lab");
    BOOST_TEST((store.storages().at(0).share == Share::group));
    BOOST_TEST(store.networks().at(0).group == "lab");
    BOOST_TEST((store.networks().at(0).share == Share::everybody));
    BOOST_TEST(store.mixins().at(0).group == "lab");
    BOOST_TEST(store.sightings().at(0).group == "lab");
}

// What it says is understood, or shared with nobody.
BOOST_AUTO_TEST_CASE(takes_a_word_that_it_does_not_know_for_private) {
    support::TempFolder folder;
    Database database(folder.path());
    Store store(database);
    store.put(StorageRecord{first, "ann", "t", "", 1, Phase::ready, ""});
    database.write(Database::Sync::now, [](sqlite3* raw) {
        Statement(raw, "UPDATE storage SET share = 'everyone and his dog'").run();
    });
    BOOST_TEST((store.storages().at(0).share == Share::nobody));
}

BOOST_AUTO_TEST_CASE(replaces_and_forgets) {
    support::TempFolder folder;
    Database database(folder.path());
    Store store(database);
    auto record = compute();
    store.put(record);
    record.phase = Phase::leaving;
    store.put(record);
    BOOST_REQUIRE_EQUAL(store.computes().size(), 1U);
    BOOST_TEST((store.computes()[0].phase == Phase::leaving));
    store.drop_compute(first);
    BOOST_TEST(store.computes().empty());
    store.drop_compute(first);
}

BOOST_AUTO_TEST_CASE(refuses_a_second_agent) {
    support::TempFolder folder;
    Database database(folder.path());
    Store store(database);
    BOOST_CHECK_EXCEPTION(Database(folder.path()), Error, [&](const Error& failure) {
        return failure.what() == "another agent uses the state directory " + folder.path().string();
    });
}

BOOST_AUTO_TEST_CASE(keeps_its_file_to_itself) {
    support::TempFolder folder;
    const auto directory = folder.path() / "state";
    Database database(directory);
    Store store(database);
    store.put(compute());
    BOOST_TEST(mode_of(directory) == 0711U);
    BOOST_TEST(mode_of(directory / "occi-agent.sqlite") == 0600U);
    BOOST_TEST(mode_of(directory / "occi-agent.sqlite-wal") == 0600U);
}

BOOST_AUTO_TEST_SUITE_END()
