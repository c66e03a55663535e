// What is ours, and what others have of it: copies with our mark, machines that others undefine, volumes in the hands
// of others, a pool of another agent (issue 11: 2, 3, 12, 14).
#define BOOST_TEST_DYN_LINK
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <thread>

using support::element;

namespace {

struct Fixture : wire::Fixture {
    std::string image = agent.image("an image");
    std::string network = agent.network("10.1.0.0");

    std::string machine(const std::string& more = "") {
        return agent.compute("<COMPUTE><DISKS><DISK image=\"" + image +
                             "\"/><SWAP size=\"8\"/></DISKS><NICS><NIC><UUID>" + network +
                             "</UUID><IP>10.1.0.7</IP></NIC></NICS>" + more + "</COMPUTE>");
    }
    bool is_shown(const std::string& id) const { return agent.becomes(id, "STOPPED"); }
    support::Answer act_on_storage(const std::string& id, const std::string& term) const {
        return act("/storage/" + id, term, term == "resize" ? words::attribute("size=2.0") : "");
    }
    // 409, and it names who is in the way.
    static bool names(const support::Answer& answer, const std::string& who) {
        BOOST_TEST_MESSAGE(answer.status << " " << answer.body);
        return answer.status == 409 && answer.body.find(who) != std::string::npos;
    }
    support::Answer plug(const std::string& compute, const std::string& storage) const {
        return post_text("/storagelink/",
                         words::link("storagelink", "/compute/" + compute, "/storage/" + storage));
    }
    void stays_whole(const std::string& id) {
        BOOST_TEST(agent.state_of(id) == "ACTIVE");
        for (const auto& disk : spec_of(id).disks) BOOST_TEST(has_volume(disk.volume));
        BOOST_TEST(agent.host().network().find(network)->reservations.size() == 1U);
    }
    void refuses_all(const std::string& id) {
        BOOST_TEST(client.remove("/compute/" + id).status == 403);
        for (const auto* state : {"RESUME", "DONE", "SUSPENDED", "CANCEL", "REBOOT"})
            BOOST_TEST(put(id, state).status == 403, state);
        BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><NAME>mine</NAME></COMPUTE>").status == 403);
        BOOST_TEST(agent.host().compute().find(id).has_value());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_ownership, Fixture)

// ---- copies --------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_copy_of_a_machine_is_shown_and_never_changed) {
    const auto original = machine();
    auto spec = spec_of(original);
    for (auto& disk : spec.disks) disk.layers = {{"/elsewhere/" + disk.volume + "-clone", hv::Format::qcow2}};
    for (const bool forged : {false, true}) {
        const auto copy = agent.host().copy_machine(original, spec, forged);
        BOOST_TEST(is_shown(copy));
        refuses_all(copy);
        stays_whole(original);
        agent.restart();
        BOOST_TEST(is_shown(copy));
        refuses_all(copy);
        stays_whole(original);
    }
    BOOST_TEST(client.remove("/compute/" + original).status == 204);
}

BOOST_AUTO_TEST_CASE(without_a_store_only_what_has_its_disks_to_itself_is_ours) {
    const auto original = machine();
    const auto lonely =
        agent.compute("<COMPUTE><DISKS><DISK image=\"" + image + "\"/></DISKS><NICS/></COMPUTE>");
    const auto spec = spec_of(original);
    const auto same_disks = agent.host().copy_machine(original, spec);
    auto other = spec_of(lonely);
    for (auto& disk : other.disks) disk.layers = {{"/elsewhere/x", hv::Format::raw}};
    const auto forged = agent.host().copy_machine(lonely, other, true);
    agent.restart_without_store();
    // Until it has been found out what is whose, it is asked to try again.
    BOOST_TEST(support::eventually([&] { return client.remove("/compute/" + forged).status == 403; }));
    BOOST_TEST(client.remove("/compute/" + same_disks).status == 403);
    BOOST_TEST(client.remove("/compute/" + original).status == 403); // who is right nobody can tell
    for (const auto& disk : spec.disks) BOOST_TEST(has_volume(disk.volume));
    BOOST_TEST(client.remove("/compute/" + lonely).status == 204);
}

BOOST_AUTO_TEST_CASE(a_machine_is_not_removed_with_a_disk_that_others_have_too) {
    const auto original = machine();
    const auto copy = agent.host().copy_machine(original, spec_of(original));
    BOOST_TEST(is_shown(copy));
    BOOST_TEST(names(client.remove("/compute/" + original), copy));
    stays_whole(original);
    agent.host().vanish(copy);
    BOOST_TEST(client.remove("/compute/" + original).status == 204);
}

// ---- who uses a volume ----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_volume_in_a_machine_of_others_is_in_use) {
    const auto own = agent.compute("<COMPUTE><DISKS><SWAP size=\"8\"/></DISKS><NICS/></COMPUTE>");
    const auto other = agent.host().add_foreign_machine("somebody-elses");
    agent.host().hold_file(other, agent.host().storage().find(image)->path);
    for (const auto& user : {other, std::string("somebody-elses")})
        BOOST_TEST(names(client.remove("/storage/" + image), user));
    for (const auto* term : {"offline", "backup", "snapshot", "resize"})
        BOOST_TEST(names(act_on_storage(image, term), other), term);
    BOOST_TEST(names(plug(own, image), other));
    BOOST_TEST(names(
        client.post("/compute", "<COMPUTE><DISKS><DISK image=\"" + image + "\"/></DISKS><NICS/></COMPUTE>"),
        other));
    BOOST_TEST(has_volume(image));
    agent.host().vanish(other);
    BOOST_TEST(client.remove("/storage/" + image).status == 204);
    BOOST_TEST(!has_volume(image));
}

BOOST_AUTO_TEST_CASE(others_who_come_first_keep_the_volume) {
    agent.host().hold("compute.holdings");
    std::thread asks([&] { client.remove("/storage/" + image); });
    BOOST_REQUIRE(agent.host().wait_until_held("compute.holdings"));
    const auto other = agent.host().add_foreign_machine("somebody-elses");
    agent.host().hold_file(other, agent.host().storage().find(image)->path);
    agent.host().release("compute.holdings");
    asks.join();
    BOOST_TEST(all_has_ended());
    BOOST_TEST(has_volume(image));
    BOOST_TEST(client.get("/storage/" + image).status == 200);
}

BOOST_AUTO_TEST_CASE(a_storage_in_a_machine_that_runs_is_copied_and_grows_by_that_machine) {
    const auto own = agent.compute("<COMPUTE><DISKS><SWAP size=\"8\"/></DISKS><NICS/></COMPUTE>");
    BOOST_TEST(plug(own, image).status == 201);
    BOOST_TEST(names(client.remove("/storage/" + image), own));
    BOOST_TEST(names(act_on_storage(image, "offline"), own));
    BOOST_TEST(act_on_storage(image, "snapshot").status < 300);
    BOOST_TEST(all_has_ended());
    BOOST_TEST(agent.host().calls("compute.copy_disk") == 1U);
    BOOST_TEST(agent.host().calls("storage.copy") == 0U);
    BOOST_TEST(act_on_storage(image, "resize").status < 300);
    BOOST_TEST(all_has_ended());
    BOOST_TEST(agent.host().calls("compute.grow") == 1U);
    BOOST_TEST(agent.host().storage().find(image)->bytes == std::uint64_t{2} << 30);
    BOOST_TEST(names(
        plug(agent.compute("<COMPUTE><DISKS><SWAP size=\"8\"/></DISKS><NICS/></COMPUTE>"), image), own));
}

// ---- undefined by others --------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_machine_that_others_undefine_stays_and_can_be_deleted) {
    const auto id = machine();
    const auto disks = spec_of(id).disks;
    agent.host().vanish(id);
    BOOST_TEST(agent.becomes(id, "FAILED"));
    const auto gone = [&] {
        const auto shown = client.get("/compute/" + id).body;
        BOOST_TEST(element(shown, "MESSAGE") == "undefined by others");
        BOOST_TEST(shown.find("10.1.0.7") != std::string::npos);
        BOOST_TEST(shown.find(image) != std::string::npos);
        BOOST_TEST(client.get("/-/health").body.find("1 compute was undefined by others") !=
                   std::string::npos);
        for (const auto& disk : disks) BOOST_TEST(has_volume(disk.volume));
        BOOST_TEST(names(client.remove("/storage/" + image), id));
        BOOST_TEST(names(client.remove("/network/" + network), id));
    };
    gone();
    agent.restart();
    BOOST_TEST(agent.state_of(id) == "FAILED");
    gone();
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
    for (const auto& disk : disks) BOOST_TEST(!has_volume(disk.volume));
    BOOST_TEST(agent.host().network().find(network)->reservations.empty());
    BOOST_TEST(client.get("/-/health").body.find("undefined by others") == std::string::npos);
    const auto again = machine(); // the address is free
    BOOST_TEST(client.remove("/compute/" + again).status == 204);
    BOOST_TEST(client.remove("/storage/" + image).status == 204);
}

BOOST_AUTO_TEST_CASE(a_machine_that_others_undefine_is_made_again_by_a_start) {
    const auto id = machine();
    const auto before = spec_of(id);
    agent.host().vanish(id);
    BOOST_TEST(agent.becomes(id, "FAILED"));
    BOOST_TEST(put(id, "SUSPENDED").status >= 400);
    BOOST_TEST(act("/compute/" + id, "start").status == 200);
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
    const auto after = spec_of(id);
    BOOST_REQUIRE(after.disks.size() == before.disks.size());
    for (std::size_t i = 0; i < after.disks.size(); ++i)
        BOOST_TEST(after.disks[i].volume == before.disks[i].volume);
    BOOST_TEST((after.nics.front().address == before.nics.front().address));
    stays_whole(id);
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
}

BOOST_AUTO_TEST_CASE(a_record_follows_what_a_machine_is_given) {
    const auto id = machine();
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><NAME>renamed</NAME></COMPUTE>").status < 300);
    const auto storage = agent.image("data");
    BOOST_TEST(plug(id, storage).status == 201);
    BOOST_TEST(all_has_ended());
    agent.host().vanish(id);
    BOOST_TEST(agent.becomes(id, "FAILED"));
    const auto shown = client.get("/compute/" + id).body;
    BOOST_TEST(element(shown, "NAME") == "renamed");
    BOOST_TEST(shown.find(storage) != std::string::npos);
    BOOST_TEST(names(client.remove("/storage/" + storage), id));
    BOOST_TEST(act("/compute/" + id, "start").status == 200);
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
    BOOST_TEST(spec_of(id).disks.size() == 3U);
}

// ---- another agent -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(in_the_pool_of_another_agent_nothing_is_changed) {
    const auto id = machine();
    const auto calls = [&] {
        return agent.host().calls("storage.remove") + agent.host().calls("compute.remove") +
               agent.host().calls("compute.define") + agent.host().calls("network.create");
    };
    for (const bool lives : {false, true}) {
        agent.host().set_pool_owner("a0000000-0000-4000-8000-00000000000a", lives);
        agent.restart();
        const auto before = calls();
        BOOST_TEST(agent.state_of(id) == "ACTIVE");
        for (const auto& answer :
             {client.remove("/compute/" + id), client.remove("/storage/" + image),
              client.remove("/network/" + network), put(id, "CANCEL"),
              client.post("/compute", "<COMPUTE><DISKS><SWAP size=\"8\"/></DISKS><NICS/></COMPUTE>"),
              client.post("/storage", "<DISK><NAME>x</NAME><SIZE>1</SIZE></DISK>"),
              client.post("/network", "<NETWORK><NAME>x</NAME><ADDRESS>10.9.0.0</ADDRESS></NETWORK>")}) {
            BOOST_TEST(answer.status == 503);
            BOOST_TEST(answer.body.find("another agent") != std::string::npos);
        }
        const auto health = client.get("/-/health").body;
        BOOST_TEST(health.find("degraded") != std::string::npos);
        BOOST_TEST(health.find("another agent") != std::string::npos);
        BOOST_TEST(calls() == before);
    }
    agent.host().set_pool_owner("", false);
    agent.restart();
    stays_whole(id);
}

BOOST_AUTO_TEST_SUITE_END()
