// Storages that are switched off and on, grow and are copied, as a client of OCCI sees it.
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/service/storage/storages.hh"
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

using nlohmann::json;

namespace {

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

struct Fixture : wire::Fixture {
    std::string storage = agent.image("an image");

    std::string machine() {
        return agent.compute("<COMPUTE><DISKS><DISK image=\"" + storage + "\"/></DISKS><NICS/></COMPUTE>");
    }
    std::string state(const std::string& id) const { return value("/storage/" + id, "occi.storage.state"); }
    std::string state() const { return state(storage); }
    std::string actions() const { return actions_of("/storage/" + storage); }
    support::Answer act(const std::string& term, const std::string& size = {}) const {
        return wire::Fixture::act("/storage/" + storage, term,
                                  size.empty() ? "" : words::attribute("size=" + size));
    }
    bool goes(const std::string& term, const std::string& to) {
        BOOST_TEST(act(term).status == 200);
        return support::eventually([&] { return state() == to; }) && all_has_ended();
    }
    std::uint64_t bytes() { return agent.host().storage().find(storage).value().bytes; }
    // The last one that came since; "" when there is none.
    std::string newest() const { return other_than(storage, "/storage/"); }
    static bool names(const support::Answer& answer, const std::string& words) {
        BOOST_TEST_MESSAGE(answer.body);
        return answer.status == 409 && answer.body.find(words) != std::string::npos;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_storage_state, Fixture)

BOOST_AUTO_TEST_CASE(one_that_is_offline_is_used_by_nobody) {
    BOOST_TEST(actions() == "offline backup snapshot resize ");
    BOOST_TEST(goes("offline", "offline"));
    BOOST_TEST(actions() == "online backup snapshot resize ");
    const auto refused =
        client.post("/compute", "<COMPUTE><DISKS><DISK image=\"" + storage + "\"/></DISKS><NICS/></COMPUTE>");
    BOOST_TEST(names(refused, "storage " + storage + " is offline"));
    BOOST_TEST(goes("online", "online"));
    machine();
}

BOOST_AUTO_TEST_CASE(stays_online_while_a_compute_uses_it) {
    const auto compute = machine();
    BOOST_TEST(actions() == "backup snapshot ");
    BOOST_TEST(names(act("offline"), "is used by compute " + compute));
    BOOST_TEST(state() == "online");
    BOOST_TEST(names(act("online"), "is online already"));
}

BOOST_AUTO_TEST_CASE(stays_offline_over_a_restart) {
    BOOST_TEST(goes("offline", "offline"));
    agent.restart();
    BOOST_TEST(support::eventually([&] { return client.get("/storage/" + storage).status == 200; }));
    BOOST_TEST(state() == "offline");
    BOOST_TEST(client.remove("/storage/" + storage).status == 204);
}

BOOST_AUTO_TEST_CASE(grows_and_never_shrinks) {
    BOOST_TEST(act("resize", "2.0").status == 200);
    BOOST_TEST(all_has_ended());
    BOOST_TEST(bytes() == 2 * gibibyte);
    BOOST_TEST(read("/storage/" + storage)["attributes"]["occi.storage.size"] == 2.0);
    BOOST_TEST(names(act("resize", "2.0"), "has that size already"));
    BOOST_TEST(names(act("resize", "1.0"), "has 2048 MiB and cannot become smaller"));
    BOOST_TEST(act("resize").status == 400);
    BOOST_TEST(act("resize", "-1").status == 400);
    BOOST_TEST(act("resize", "1e9").status == 400);
    BOOST_TEST(bytes() == 2 * gibibyte);
    BOOST_TEST(agent.host().calls("storage.resize") == 1U);
}

BOOST_AUTO_TEST_CASE(does_not_grow_under_its_clones) {
    const auto compute = machine();
    BOOST_TEST(names(act("resize", "2.0"), "cannot grow while compute " + compute + " has a clone of it"));
    client.remove("/compute/" + compute);
    BOOST_TEST(agent.becomes(compute, "404"));
    BOOST_TEST(act("resize", "2.0").status == 200);
    BOOST_TEST(all_has_ended());
    BOOST_TEST(bytes() == 2 * gibibyte);
}

BOOST_AUTO_TEST_CASE(says_why_it_did_not_grow) {
    const auto before = bytes();
    agent.fail_for_good("storage.resize", Error(Fault::unavailable, "the disk is broken"));
    const auto answer = act("resize", "2.0");
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.body == "the disk is broken\n");
    BOOST_TEST(all_has_ended());
    BOOST_TEST(read("/storage/" + storage)["attributes"]["occi.storage.state.message"] ==
               "change storage: the disk is broken");
    BOOST_TEST(bytes() == before);
    BOOST_TEST(state() == "online");
}

BOOST_AUTO_TEST_CASE(is_updated_in_title_and_size) {
    service::Storages storages(agent.context());
    const service::Terms terms{{"local", auth::Role::administrator}};
    occi::Resource wanted;
    wanted.attributes[occi::name::title] = "another";
    wanted.attributes[occi::name::storage_size] = 3.0;
    BOOST_TEST(storages.update(storage, wanted, terms).has_value());
    BOOST_TEST(all_has_ended());
    BOOST_TEST(read("/storage/" + storage)["title"] == "another");
    BOOST_TEST(bytes() == 3 * gibibyte);
    BOOST_TEST(!storages.update(storage, wanted, terms).has_value());
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_another_storage_to_be_used) {
    const auto compute = machine(); // whatever is cloned from it
    BOOST_TEST(act("snapshot").status == 200);
    BOOST_TEST(all_has_ended());
    const auto copy = newest();
    BOOST_TEST_REQUIRE(copy != "");
    BOOST_TEST(read("/storage/" + copy)["title"].get<std::string>().starts_with("an image snapshot 2"));
    BOOST_TEST(state(copy) == "online");
    BOOST_TEST(agent.host().storage().find(copy).value().bytes == bytes());
    BOOST_TEST(client.remove("/compute/" + compute).status == 204);
    BOOST_TEST(client.remove("/storage/" + storage).status == 204);
    BOOST_TEST(state(copy) == "online");
}

BOOST_AUTO_TEST_CASE(a_backup_is_another_storage_to_be_kept) {
    BOOST_TEST(act("backup").status == 200);
    BOOST_TEST(all_has_ended());
    const auto copy = newest();
    BOOST_TEST_REQUIRE(copy != "");
    BOOST_TEST(read("/storage/" + copy)["title"].get<std::string>().starts_with("an image backup 2"));
    BOOST_TEST(state(copy) == "offline");
}

BOOST_AUTO_TEST_CASE(a_cancelled_copy_leaves_nothing) {
    agent.host().hold("storage.copy");
    BOOST_TEST(act("backup").status == 200);
    BOOST_TEST(agent.host().wait_until_held("storage.copy"));
    const auto copy = newest();
    BOOST_TEST(state(copy) == "offline");
    BOOST_TEST(names(act("resize", "2.0"), "while it is being copied"));
    client.send("DELETE", "/storage/" + copy, {}, {{"Prefer", "respond-async"}});
    agent.host().release("storage.copy");
    BOOST_TEST(all_has_ended());
    BOOST_TEST(newest() == "");
    BOOST_TEST(!agent.host().storage().find(copy).has_value());
}

BOOST_AUTO_TEST_CASE(a_copy_goes_on_after_a_restart) {
    agent.host().hold("storage.copy");
    BOOST_TEST(act("snapshot").status == 200);
    BOOST_TEST(agent.host().wait_until_held("storage.copy"));
    const auto copy = newest();
    agent.host().release("storage.copy");
    agent.restart();
    BOOST_TEST(support::eventually([&] { return client.get("/storage/" + copy).status == 200; }));
    BOOST_TEST(all_has_ended());
    BOOST_TEST(state(copy) == "online");
}

BOOST_AUTO_TEST_CASE(a_copy_needs_room) {
    agent.host().set_available(1 << 20);
    BOOST_TEST(names(act("backup"), "no room in the pool"));
    BOOST_TEST(newest() == "");
}

BOOST_AUTO_TEST_SUITE_END()
