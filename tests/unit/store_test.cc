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
