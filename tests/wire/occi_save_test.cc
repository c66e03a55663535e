// The disk of a compute as a storage of its own, as a client of OCCI asks for it.
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

using nlohmann::json;

namespace {

struct Fixture : wire::Fixture {
    std::string image = agent.image("original");
    std::string compute = agent.compute("<COMPUTE><NAME>web</NAME><DISKS><DISK image=\"" + image +
                                        "\"/></DISKS><NICS/></COMPUTE>");

    support::Answer save(const std::string& id, const std::string& method,
                         const std::string& name = {}) const {
        json body{{"action", "http://schemas.ogf.org/occi/infrastructure/compute/action#save"}};
        if (!method.empty()) body["attributes"]["method"] = method;
        if (!name.empty()) body["attributes"]["name"] = name;
        return client.send("POST", "/compute/" + id + "?action=save", body.dump(),
                           {{"Content-Type", "application/json"}, {"Accept", "application/json"}});
    }
    // The storage that is no original; "" when there is none.
    std::string saved() const { return other_than(image, "/storage/"); }
    json attribute(const std::string& storage, const char* name) const {
        return value("/storage/" + storage, name);
    }
    bool becomes_ready(const std::string& storage) const {
        return support::eventually([&] { return attribute(storage, "occi_agent.phase") == "ready"; });
    }
    void stop() {
        put(compute, "CANCEL");
        BOOST_TEST(agent.becomes(compute, "STOPPED"));
    }
    bool is_offered(const std::string& id) const {
        return support::has(actions_of("/compute/" + id), "save");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_save, Fixture)

BOOST_AUTO_TEST_CASE(a_compute_goes_on_while_it_is_saved) {
    BOOST_TEST(is_offered(compute));
    BOOST_TEST(save(compute, "", "mine").status == 200);
    BOOST_TEST(becomes_ready(saved()));
    BOOST_TEST(agent.host().calls("compute.copy_disk") == 1U);
    BOOST_TEST(read("/storage/" + saved())["title"] == "mine");
    BOOST_TEST(agent.host().storage().find(saved()).value().bytes ==
               agent.host().storage().find(image).value().bytes);
    BOOST_TEST(agent.state_of(compute) == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(one_that_is_off_is_saved_at_once_and_starts_afterwards) {
    stop();
    agent.host().hold("storage.copy");
    BOOST_TEST(save(compute, "deferred").status == 200);
    BOOST_TEST(agent.host().wait_until_held("storage.copy"));
    put(compute, "RESUME");
    agent.host().release("storage.copy");
    BOOST_TEST(becomes_ready(saved()));
    BOOST_TEST(agent.becomes(compute, "ACTIVE"));
    BOOST_TEST(read("/storage/" + saved())["title"].get<std::string>().starts_with("web image 2"));
    BOOST_TEST(agent.host().storage().find(saved()).value().backing == "");
}

BOOST_AUTO_TEST_CASE(a_deferred_one_waits_for_the_next_stop) {
    BOOST_TEST(save(compute, "deferred").status == 200);
    const auto copy = saved();
    BOOST_TEST(attribute(copy, "occi_agent.phase") == "pending");
    BOOST_TEST(save(compute, "hot").status == 409);
    agent.restart();
    BOOST_TEST(support::eventually([&] { return client.get("/storage/" + copy).status == 200; }));
    BOOST_TEST(attribute(copy, "occi_agent.phase") == "pending");
    stop();
    BOOST_TEST(becomes_ready(copy));
    BOOST_TEST(agent.host().calls("compute.copy_disk") == 0U);
}

BOOST_AUTO_TEST_CASE(a_deferred_one_goes_when_its_compute_goes) {
    BOOST_TEST(save(compute, "deferred").status == 200);
    BOOST_TEST(client.remove("/compute/" + compute).status == 204);
    BOOST_TEST(all_has_ended());
    BOOST_TEST(attribute(saved(), "occi_agent.phase") == "failed");
    BOOST_TEST(attribute(saved(), "occi.storage.state.message") == "compute " + compute + " was removed");
}

BOOST_AUTO_TEST_CASE(a_deferred_one_can_be_cancelled) {
    BOOST_TEST(save(compute, "deferred").status == 200);
    BOOST_TEST(client.remove("/storage/" + saved()).status == 204);
    BOOST_TEST(all_has_ended());
    BOOST_TEST(saved() == "");
    BOOST_TEST(agent.state_of(compute) == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(what_fails_leaves_no_volume) {
    agent.host().fail_next("compute.copy_disk", Error(Fault::conflict, "it ended before the copy was whole"));
    BOOST_TEST(save(compute, "hot").status == 200);
    BOOST_TEST(all_has_ended());
    BOOST_TEST(attribute(saved(), "occi_agent.phase") == "failed");
    BOOST_TEST(attribute(saved(), "occi.storage.state.message") == "it ended before the copy was whole");
    BOOST_TEST(!agent.host().storage().find(saved()).has_value());
}

BOOST_AUTO_TEST_CASE(is_refused_where_there_is_nothing_to_save) {
    const auto bare = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    BOOST_TEST(!is_offered(bare));
    BOOST_TEST(save(bare, "hot").status == 409);
    BOOST_TEST(save(compute, "slowly").status == 400);
    agent.host().set_stuck(compute, "monitor silent");
    BOOST_TEST(support::eventually([&] { return !is_offered(compute); }));
    BOOST_TEST(save(compute, "hot").status == 503);
    agent.host().set_available(1 << 20);
    agent.host().set_stuck(compute, "");
    BOOST_TEST(support::eventually([&] { return is_offered(compute); }));
    BOOST_TEST(save(compute, "hot").status == 409);
    BOOST_TEST(saved() == "");
}

BOOST_AUTO_TEST_SUITE_END()
