// The Infrastructure Manager 1.19.2, as it was recorded, against this agent.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/conversation.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

namespace conformance {
namespace {

constexpr auto their_storage = "865232290f844d429a29e1927c15d148",
               their_other_storage = "59cd37c2ddc241638e5d415ee401ba88",
               their_compute = "3020081b65cd4fce9166525a8455c28a",
               their_disk = "//link/storagelink/im-5a57ce08-e779-11f1-a073-02fc00000001",
               their_plugged_disk = "//link/storagelink/imdisk-5a8b9d00-e779-11f1-a073-02fc00000001";

std::string id_in(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// It takes the id from the end of Location.
std::string made(const Answer& answer, const Provider& it) {
    BOOST_REQUIRE_MESSAGE(answer.status == 201, answer.body);
    BOOST_TEST(answer.header("Location").starts_with(it.base() + "/"));
    BOOST_TEST(answer.body == "X-OCCI-Location: " + answer.header("Location"));
    return path_of(answer.header("Location"));
}

void is_ok(const Answer& answer) {
    BOOST_TEST(answer.status == 200, answer.body);
    BOOST_TEST(answer.body == "OK");
}

void is_served(Provider& it) {
    const auto standing = it.standing();
    Conversation talk(it, "infrastructure_manager.txt");
    BOOST_TEST(talk.next("HEAD /-/").status == 200);
    const auto model = talk.next("GET /-/").body;
    // It looks for these very words, and for the location of the link kinds.
    BOOST_TEST(model.find("Category: " + standing.os_template + "; ") != std::string::npos);
    BOOST_TEST(model.find("Category: small; ") != std::string::npos);
    for (const auto& line : lines_of(model, "Category"))
        if (line.starts_with("small; ") && parameter(line, "rel") == infrastructure + "resource_tpl")
            talk.put(parameter(line, "scheme"), "http://mock.test/occi/resource_tpl#");
    talk.put(os_scheme, "http://mock.test/occi/os_tpl#");
    talk.put(standing.os_template, "cirros");
    talk.put(standing.network, "/network/public");
    talk.put(standing.network, "/network/default");

    BOOST_TEST(talk.next("GET /network/").status == 200);
    BOOST_TEST(talk.next("GET /network/public").body.starts_with("Category: network; "));
    BOOST_TEST(talk.next("GET /network/default").status == 200);

    const auto storage = made(talk.next("POST /storage/"), it);
    talk.put(id_in(storage), their_storage);
    // It waits until the volume can be used.
    BOOST_TEST(it.becomes(storage, "occi.storage.state", "online"));
    BOOST_TEST(has_line(talk.next(std::string("GET /storage/") + their_storage).body,
                        "X-OCCI-Attribute: occi.storage.state=\"online\""));

    const auto compute = made(talk.next("POST /compute/"), it);
    talk.put(id_in(compute), their_compute);
    BOOST_TEST(it.becomes(compute, "occi.compute.state", "active"));
    BOOST_TEST(it.boots(compute));
    const auto shown = talk.next(std::string("GET /compute/") + their_compute).body;
    BOOST_TEST(has_line(shown, "X-OCCI-Attribute: occi.compute.state=\"active\""));
    BOOST_TEST(has_line(shown, "X-OCCI-Attribute: occi.compute.hostname=\"imtest\""));
    BOOST_TEST(value_of(shown, "occi.compute.cores") == "1");
    BOOST_TEST(!parameter(link_in(shown, "/networkinterface/"), "occi.networkinterface.address").empty());
    std::string disk;
    for (const auto& line : lines_of(shown, "Link"))
        if (parameter(line, "occi.core.target") == storage) disk = parameter(line, "self");
    BOOST_TEST(!disk.empty());
    BOOST_TEST(parameter(link_in(shown, disk), "occi.storagelink.deviceid") == "/dev/vdb");
    talk.put("/" + disk, their_disk); // with two slashes, as it writes them
    talk.put("/storagelink/", "/link/storagelink/");
    talk.put("/networkinterface/", "/link/networkinterface/");

    const auto nic = made(talk.next("POST /link/networkinterface/"), it);
    BOOST_TEST(it.value(nic, "occi.core.target") == standing.network);

    const auto act = [&](const std::string& action, const std::string& state) {
        BOOST_TEST(talk.next(std::string("POST /compute/") + their_compute + "?action=" + action).status ==
                   200);
        BOOST_TEST(it.becomes(compute, "occi.compute.state", state), action);
    };
    act("suspend", "suspended");
    act("start", "active");
    act("restart", "active");

    talk.put(id_in(it.storage()), their_other_storage);
    BOOST_TEST(it.boots(compute, 2));
    const auto plugged = made(talk.next("POST /link/storagelink/"), it);
    BOOST_TEST(it.value(plugged, "occi.storagelink.deviceid") == "/dev/vdc");
    talk.put("/" + plugged, "//storagelink/imdisk-5a8b9d00-e779-11f1-a073-02fc00000001");
    for (const auto* path : {their_disk, their_plugged_disk}) {
        BOOST_TEST(talk.next(std::string("GET ") + path).body.starts_with("Category: storagelink; "));
        is_ok(talk.next(std::string("DELETE ") + path));
    }
    is_ok(talk.next(std::string("DELETE /compute/") + their_compute));
    is_ok(talk.next(std::string("DELETE /storage/") + their_storage));
    BOOST_TEST(talk.is_over());
}

const Chapter chapter("clients_im", {
                                        {"Infrastructure Manager 1.19.2", must,
                                         "is served all that it asks for", is_served},
                                    });

} // namespace
} // namespace conformance
