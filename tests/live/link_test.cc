// Links by themselves, on the real thing: what a guest gives back when its link is deleted, and what it keeps.
#define BOOST_TEST_DYN_LINK
#include "tests/live/crowd.hh"
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using nlohmann::json;

namespace {

using live::to_text;
using support::has;

struct Fixture : live::Fixture {
    std::string original, network, guest;

    // A guest with a disk of that image, a second disk and a NIC; it is up when it returns.
    void boot(const std::string& image_file) {
        original = image(image_file);
        network = live::Fixture::network();
        guest = compute("<DISKS>" + live::disk(original) + "<SWAP size=\"8\"/></DISKS><NICS>" +
                        live::nic(network, "10.201.0.7") + "</NICS>");
        BOOST_REQUIRE(becomes(guest, "ACTIVE"));
        BOOST_REQUIRE(says(guest, "MICRO: UP"));
    }
    // The path of the last link of that kind.
    std::string last(const std::string& kind) const {
        const auto shown = read("/compute/" + guest);
        std::string path;
        for (const auto& link : shown["links"])
            if (link["kind"].get<std::string>().ends_with("#" + kind))
                path = "/" + kind + "/" + link["attributes"]["occi.core.id"].get<std::string>();
        return path;
    }
    support::Answer remove_link(const std::string& path) const {
        return client.send("DELETE", path, {}, {{"Accept", "text/plain"}});
    }
    // In the domain that runs, and in the definition.
    bool both_have(const std::string& words) const { return runs_with(words) && is_defined_with(words); }
    bool none_has(const std::string& words) const { return !runs_with(words) && !is_defined_with(words); }
    bool runs_with(const std::string& words) const { return has(node.xml_of("occi-" + guest), words); }
    bool is_defined_with(const std::string& words) const {
        return has(node.definition_of("occi-" + guest), words);
    }
    // Whether libvirt's network keeps an address for somebody.
    bool is_reserved(const std::string& address) const {
        for (const auto& trace : node.traces(agent.state() / "console"))
            if (trace.starts_with("host entry of ") && has(trace, address)) return true;
        return false;
    }
    void leave_nothing() {
        remove("/compute/" + guest);
        remove("/storage/" + original);
        BOOST_TEST(nothing_is_left());
    }
};

const std::string second_disk = "<target dev='vdb'", nic = "<interface type='network'>";

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_link, Fixture)

BOOST_AUTO_TEST_CASE(a_running_guest_gives_back_a_disk_and_a_nic_when_their_links_are_deleted) {
    boot("micro.raw");
    BOOST_TEST(both_have(second_disk));
    BOOST_TEST(both_have(nic));
    BOOST_TEST(is_reserved("10.201.0.7"));
    BOOST_TEST(client.remove("/network/" + network).status == 409);

    const live::Stopwatch watch;
    BOOST_TEST(remove_link(last("storagelink")).status == 200);
    BOOST_TEST(remove_link(last("networkinterface")).status == 200);
    const auto after = watch.time();
    BOOST_TEST(none_has(second_disk));
    BOOST_TEST(none_has(nic));
    BOOST_TEST(!is_reserved("10.201.0.7"));
    BOOST_TEST(was_told(guest, "device removed"));
    BOOST_TEST(last("networkinterface").empty());
    BOOST_TEST(state_of(guest) == "ACTIVE");
    remove("/network/" + network); // nobody uses it any more
    live::row("links of a disk and a NIC of a running guest deleted",
              "gone from domain and definition after " + to_text(after));
    leave_nothing();
}

BOOST_AUTO_TEST_CASE(a_deaf_guest_keeps_its_nic_and_says_so) {
    boot("deaf.raw");
    const auto link = last("networkinterface");
    const live::Stopwatch watch;
    const auto refused = remove_link(link);
    const auto after = watch.time();
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(has(refused.body, "the guest does not release"));
    BOOST_TEST(both_have(nic));
    BOOST_TEST(client.get(link).status == 200);

    BOOST_TEST(put(guest, "CANCEL").status == 202);
    BOOST_TEST(becomes(guest, "STOPPED"));
    BOOST_TEST(remove_link(link).status == 200);
    BOOST_TEST(!is_defined_with(nic));
    remove("/network/" + network);
    live::row("the link of a deaf guest's NIC deleted",
              "409 after " + to_text(after) + ", domain and definition keep it; gone once it is off");
    leave_nothing();
}

BOOST_AUTO_TEST_SUITE_END()
