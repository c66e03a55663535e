// OCCI 1.2 on the real thing: what is read and done there holds for libvirt and the guest.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/support/eventually.hh"
#include "tests/support/words.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using nlohmann::json;

namespace {

struct Fixture : live::Fixture {
    bool is_seen_in(const std::string& compute, const std::string& state) const {
        return support::eventually(
            [&] { return read("/compute/" + compute)["attributes"]["occi.compute.state"] == state; });
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_occi, Fixture)

BOOST_AUTO_TEST_CASE(a_compute_made_by_xml_is_read_driven_and_deleted_in_occi) {
    const auto image = this->image("micro.raw");
    const auto network = this->network();
    const auto id =
        compute("<NAME>web</NAME><TYPE>small</TYPE><DISKS>" + live::disk(image) +
                "<SWAP size=\"16\"/></DISKS><NICS>" + live::nic(network, "10.201.0.7") + "</NICS>");
    BOOST_TEST(is_seen_in(id, "active"));
    BOOST_TEST(says(id, "MICRO: UP"));

    const auto shown = read("/compute/" + id);
    BOOST_TEST(shown["title"] == "web");
    BOOST_TEST(shown["links"].size() == 3U);
    BOOST_TEST(shown["links"][0]["target"]["location"] == "/storage/" + image);
    BOOST_TEST(shown["links"][2]["attributes"]["occi.networkinterface.address"] == "10.201.0.7");
    for (const auto& link : shown["links"]) {
        const auto urn = link["id"].get<std::string>();
        const auto kind = link["kind"].get<std::string>();
        BOOST_TEST(read("/" + kind.substr(kind.find('#') + 1) + "/" + urn) == link);
    }

    BOOST_TEST(act("/compute/" + id, "suspend", words::attribute("method=\"suspend\"")).status == 200);
    BOOST_TEST(is_seen_in(id, "suspended"));
    BOOST_TEST(act("/compute/" + id, "start").status == 200);
    BOOST_TEST(is_seen_in(id, "active"));
    BOOST_TEST(act("/compute/" + id, "stop", words::attribute("method=\"graceful\"")).status == 200);
    BOOST_TEST(is_seen_in(id, "inactive"));
    BOOST_TEST(says(id, "MICRO: BYE"));
    BOOST_TEST(!node.is_running("occi-" + id));

    const auto deleted = client.send("DELETE", "/compute/" + id, {}, {{"Accept", "text/plain"}});
    BOOST_TEST(deleted.status == 200);
    BOOST_TEST(deleted.body == "OK");
    remove("/network/" + network);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
