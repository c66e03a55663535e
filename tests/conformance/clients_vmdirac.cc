// VMDIRAC with a user and a password, as its endpoint for OCCI writes requests, against this agent.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/conversation.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

namespace conformance {
namespace {

constexpr auto their_compute = "3020081b65cd4fce9166525a8455c28a";

void is_served(Provider& it) {
    const auto standing = it.standing();
    Conversation talk(it, "vmdirac.txt");
    for (const auto& line : lines_of(it.get("/-/").body, "Category"))
        if (line.starts_with("small; ") && parameter(line, "rel") == infrastructure + "resource_tpl")
            talk.put(parameter(line, "scheme"), "http://mock.test/occi/resource_tpl#");
    talk.put(os_scheme, "http://mock.test/occi/os_tpl#");
    talk.put(standing.os_template, "cirros");

    BOOST_TEST(talk.next("HEAD /-/").status == 200);
    BOOST_TEST(talk.next("HEAD /-/").status == 200);
    // It passes the first line over, and takes the last category of a name: the scheme that it gives to its user data.
    std::string scheme;
    for (const auto& line : lines_of(talk.next("GET /-/").body, "Category")) {
        BOOST_TEST(!parameter(line, "class").empty(), line);
        if (line.starts_with("user_data; ")) scheme = parameter(line, "scheme");
    }
    BOOST_TEST(scheme == "http://schemas.openstack.org/compute/instance#");

    const auto made = talk.next("POST /compute/");
    BOOST_REQUIRE_MESSAGE(made.status == 201, made.body);
    const auto url = made.body.substr(made.body.rfind(' ') + 1);
    BOOST_TEST(url == made.header("Location"));
    const auto compute = path_of(url);
    talk.put(compute.substr(compute.rfind('/') + 1), their_compute);
    BOOST_TEST(it.becomes(compute, "occi.compute.state", "active"));

    BOOST_TEST(has_line(talk.next("GET /compute/").body, "X-OCCI-Location: " + url));
    // The last line that has these words, up to its end, is the state.
    std::string state;
    for (const auto& line :
         lines_of(talk.next(std::string("GET /compute//") + their_compute).body, "X-OCCI-Attribute"))
        if (line.find("occi.compute.state") != line.npos) state = line;
    BOOST_TEST(state == "occi.compute.state=\"active\"");
    BOOST_TEST(!lines_of(talk.next("GET /network/").body, "X-OCCI-Location").empty());
    const auto gone = talk.next(std::string("DELETE /compute//") + their_compute);
    BOOST_TEST(gone.status == 200);
    BOOST_TEST(gone.body == "OK");
    BOOST_TEST(talk.is_over());
}

const Chapter chapter("clients_vmdirac", {
                                             {"VMDIRAC", must, "is served all that it asks for", is_served},
                                         });

} // namespace
} // namespace conformance
