// The resource templates of the standard (GFD.222): what is said of them holds for what is made, and is not said when
// an operator has changed one.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using nlohmann::json;

namespace {

constexpr auto claim = "OCCI-CRTP/1.1";
const std::string of_the_standard = "http://schemas.ogf.org/occi/infrastructure/compute/template/1.1#small",
                  of_ours = "urn:occi-agent:instance_type#small";

struct Fixture : live::Fixture {
    bool is_claimed_at(const std::string& target) const {
        return client.get(target).header("Server").find(claim) != std::string::npos;
    }
    // Its template, and the size of the disk that boots.
    void check_shown(const std::string& compute, const std::string& type, double gibibytes) const {
        const auto shown = read("/compute/" + compute);
        BOOST_TEST(shown["mixins"][0] == type);
        BOOST_TEST(shown["attributes"]["occi.compute.ephemeral_storage.size"] == gibibytes);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_profile, Fixture)

BOOST_AUTO_TEST_CASE(is_claimed_in_every_answer_until_an_operator_changes_a_type) {
    for (const auto* target : {"/-/", "/compute", "/nothing"}) BOOST_TEST(is_claimed_at(target), target);
    const auto image = this->image("micro.raw");
    const auto id = compute("<TYPE>small</TYPE><DISKS>" + live::disk(image) + "</DISKS><NICS/>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    check_shown(id, of_the_standard, 10.0);

    agent.configure("[instance_type small]\ndisk_gib = 2\n");
    agent.restart();
    for (const auto* target : {"/-/", "/compute", "/nothing"}) BOOST_TEST(!is_claimed_at(target), target);
    check_shown(id, of_ours, 10.0); // what it was given it keeps
    const auto other = compute("<TYPE>small</TYPE><DISKS>" + live::disk(image) + "</DISKS><NICS/>");
    BOOST_TEST(becomes(other, "ACTIVE"));
    check_shown(other, of_ours, 2.0);

    for (const auto& each : {id, other}) remove("/compute/" + each);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
