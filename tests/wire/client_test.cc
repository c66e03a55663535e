// What one client needs and no other gets: each row of the table, with its sign and without. Whole conversations of the
// same clients are in tests/conformance.
#define BOOST_TEST_DYN_LINK
#include "agent/api/clients.hh"
#include "agent/base/text.hh"
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <ostream>
#include <set>

namespace data = boost::unit_test::data;

namespace {

using api::Need;

const std::string jocci = "Apache-HttpClient/4.3.5 (java 1.5)",
                  rocci = "rOCCI-core/4.3.6 rOCCI-api/4.3.15 OCCI/1.1";

struct Fixture : wire::Fixture {
    std::string compute = agent.compute("<COMPUTE><NAME>web</NAME></COMPUTE>");

    support::Answer as(const std::string& user_agent, const std::string& method, const std::string& target,
                       const std::string& type = "text/occi", support::Headers headers = {}) const {
        headers.insert(headers.end(), {{"User-Agent", user_agent}, {"Accept", type}, {"Content-Type", type}});
        return client.send(method, target, {}, headers);
    }
    support::Answer retitle(const std::string& user_agent) const {
        return as(user_agent, "POST", "/compute/" + compute, "text/occi",
                  {{"X-OCCI-Attribute", "occi.core.title=\"new\""}});
    }
    bool says_that_all_kinds_have_a_location(const std::string& user_agent) const {
        const auto model = as(user_agent, "GET", "/-/", "text/plain").body;
        for (const auto& line : words::lines_of(model, "Category"))
            if (words::parameter(line, "class") == "kind" && words::parameter(line, "location").empty())
                return false;
        return true;
    }
    std::string url_of(const std::string& slashes) const { return "/compute" + slashes + compute; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_client, Fixture)

BOOST_AUTO_TEST_CASE(each_need_has_its_row_and_its_case_here) {
    std::set<Need> needs;
    for (const auto& row : api::client_rows()) needs.insert(row.need);
    BOOST_TEST(needs.size() == api::client_rows().size());
    BOOST_TEST(needs.size() == 6U);
}

BOOST_AUTO_TEST_CASE(libcloud_for_opennebula_1_4_reads_its_wrappers) {
    const support::Headers sign{{"User-Agent", "libcloud/3.4.1 (OpenNebula (v1.4))"}};
    BOOST_TEST(get("/compute/" + compute, sign).body.starts_with("<COMPUTE"));
    BOOST_TEST(client.send("DELETE", "/compute/" + compute, {}, sign).status == 200);
    BOOST_TEST(client.send("DELETE", "/compute/" + agent.compute("<COMPUTE/>")).status == 204);
}

// It sends the ADDRESS of a network as the address that a node is to have there.
BOOST_DATA_TEST_CASE(libcloud_for_opennebula_means_any_address_by_that_of_a_network,
                     data::make({"1.4", "3.8"}), version) {
    const auto network = agent.network("10.1.0.0");
    const auto body =
        "<COMPUTE><NIC><NETWORK href=\"/network/" + network + "\"/><IP>10.1.0.0</IP></NIC></COMPUTE>";
    const auto sign = std::string("libcloud/3.4.1 (OpenNebula (v") + version + ")) ";
    const auto made = client.send("POST", "/compute", body, {{"User-Agent", sign}});
    BOOST_TEST(made.status == 201, made.body);
    BOOST_TEST(read("/compute/" + made.id()).dump().find("10.1.0.2") != std::string::npos);
    BOOST_TEST(client.post("/compute", body).status == 409);
}

BOOST_AUTO_TEST_CASE(vmdirac_says_occi_by_a_doubled_slash) {
    const support::Headers headers{{"User-Agent", "python-requests/2.18.4"}, {"Accept", "*/*"}};
    BOOST_TEST(get(url_of("//"), headers).body.starts_with("Category: compute; "));
    BOOST_TEST(get(url_of("/"), headers).body.starts_with("<COMPUTE"));
    BOOST_TEST(get("/" + url_of("/"), headers).body.starts_with("<COMPUTE"));
    // It does not outweigh what a client says in so many words.
    BOOST_TEST(get(url_of("//"), {{"Accept", "application/xml"}}).body.starts_with("<COMPUTE"));
    BOOST_TEST(client.put(url_of("//"), "<COMPUTE><STATE>SUSPENDED</STATE></COMPUTE>").status == 202);
    BOOST_TEST(is_free(compute));
    const auto gone = client.send("DELETE", url_of("//"), {}, headers);
    BOOST_TEST(gone.status == 200);
    BOOST_TEST(gone.body == "OK");
    BOOST_TEST(gone.header("Content-Type").starts_with("text/plain"));
}

BOOST_AUTO_TEST_CASE(jocci_is_told_a_location_of_each_kind) {
    BOOST_TEST(says_that_all_kinds_have_a_location(jocci));
    // GFD.221, 4.5.1: Entity has none.
    BOOST_TEST(!says_that_all_kinds_have_a_location("curl/7.88.1"));
    BOOST_TEST(!says_that_all_kinds_have_a_location(rocci));
}

BOOST_AUTO_TEST_CASE(jocci_reads_a_list_in_text_occi_from_location) {
    const auto network = agent.network();
    for (const auto* place : {"/compute/", "/network/", "/"}) {
        const auto list = as(jocci, "GET", place);
        BOOST_TEST(list.status == 200);
        BOOST_TEST(list.header("Location") == list.header("X-OCCI-Location"), place);
        BOOST_TEST(!list.header("Location").empty());
        BOOST_TEST(list.header("Location").find(' ') == std::string::npos);
        BOOST_TEST(as("curl/7.88.1", "GET", place).header("Location").empty());
        BOOST_TEST(as(jocci, "GET", place, "text/plain").header("Location").empty());
    }
}

BOOST_AUTO_TEST_CASE(rocci_is_told_the_location_of_what_it_has_changed) {
    const auto changed = retitle(rocci);
    BOOST_TEST(changed.status == 200);
    BOOST_TEST(changed.header("Location") == url("/compute/" + compute));
    BOOST_TEST(changed.header("X-OCCI-Attribute").find("occi.core.title=\"new\"") != std::string::npos);
    BOOST_TEST(retitle("curl/7.88.1").header("Location").empty());
}

BOOST_AUTO_TEST_SUITE_END()
