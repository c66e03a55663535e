// rOCCI-cli 4.3.10, as it was recorded, against this agent.
#define BOOST_TEST_DYN_LINK
#include "agent/base/text.hh"
#include "tests/conformance/clause.hh"
#include "tests/conformance/conversation.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

namespace conformance {
namespace {

constexpr auto their_storage = "9d68e02db2bc42ee9825054a71c669d5",
               their_network = "07a5fe0f2b764f85ab2fafd92f721c59",
               their_compute = "eb01e8622de14d62853dc07736720a0f",
               their_second = "5a82995c85a34625a59bad427d69c999",
               their_disk = "d0854fae-00b3-475d-b623-540a1897d295",
               their_nic = "91e655e7-a741-4313-9eb4-5f917f731b06";

// The client finds its templates in the query interface, and the links where their kinds are.
void put_names(Conversation& talk, Provider& it) {
    const auto& standing = it.standing();
    for (const auto& line : lines_of(it.get("/-/").body, "Category"))
        if (line.starts_with("small; ") && parameter(line, "rel") == infrastructure + "resource_tpl")
            talk.put(parameter(line, "scheme"), "http://mock.test/occi/resource_tpl#");
    talk.put(os_scheme, "http://mock.test/occi/os_tpl#");
    talk.put(standing.os_template, "cirros");
    talk.put("/storagelink/", "/link/storagelink/");
    talk.put("/networkinterface/", "/link/networkinterface/");
    talk.put(standing.network, "/network/public");
    talk.put(standing.network, "/network/default");
}

// Its path.
std::string made(const Answer& answer, const Provider& it) {
    const auto url = answer.header("Location");
    BOOST_REQUIRE_MESSAGE(answer.status == 201, answer.body);
    BOOST_TEST(url.starts_with(it.base() + "/"));
    BOOST_TEST(answer.body == "X-OCCI-Location: " + url);
    BOOST_TEST(answer.header("Content-Type").starts_with("text/plain"));
    return path_of(url);
}

void is_ok(const Answer& answer) {
    BOOST_TEST(answer.status == 200, answer.body);
    BOOST_TEST(answer.body == "OK");
}

void is_model(const Answer& answer) {
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body.starts_with("Category: entity; scheme=\"" + core + "\"; class=\"kind\""));
    for (const auto& line : text::split(answer.body, '\n')) BOOST_TEST(line.starts_with("Category: "), line);
}

void speaks_as_it_likes(Provider& it) {
    Conversation talk(it, "rocci_cli.txt");
    put_names(talk, it);
    is_model(talk.next("GET /-/"));
    for (const auto* location : {"/compute/", "/network/", "/storage/"}) {
        const auto list = talk.next(std::string("GET ") + location);
        BOOST_TEST(list.status == 200);
        BOOST_TEST(list.header("Content-Type").starts_with("text/uri-list"));
        BOOST_TEST(list.body.starts_with(it.base() + location));
    }
    BOOST_TEST(talk.next("GET /network/public").body.starts_with("Category: network; "));
    BOOST_TEST(talk.next("GET /network/default").status == 200);

    const auto storage = made(talk.next("POST /storage/"), it);
    talk.put(storage.substr(storage.rfind('/') + 1), their_storage);
    const auto shown_storage = talk.next(std::string("GET /storage/") + their_storage).body;
    BOOST_TEST(has_line(shown_storage, "X-OCCI-Attribute: occi.core.title=\"st-23590-27095\""));
    BOOST_TEST(has_line(shown_storage, "X-OCCI-Attribute: occi.storage.size=1.0"));

    const auto network = made(talk.next("POST /network/"), it);
    talk.put(network.substr(network.rfind('/') + 1), their_network);
    BOOST_TEST(has_line(talk.next(std::string("GET /network/") + their_network).body,
                        "X-OCCI-Attribute: occi.network.address=\"10.213.77.0/24\""));

    const auto compute = made(talk.next("POST /compute/"), it);
    talk.put(compute.substr(compute.rfind('/') + 1), their_compute);
    BOOST_TEST(it.becomes(compute, "occi.compute.state", "active"));
    const auto shown = talk.next(std::string("GET /compute/") + their_compute).body;
    BOOST_TEST(value_of(shown, "occi.compute.hostname") == "vm-23590-27095");
    const auto default_nic = link_in(shown, "/networkinterface/");
    BOOST_TEST(parameter(default_nic, "occi.networkinterface.interface") == "eth0");
    BOOST_TEST(!parameter(default_nic, "occi.networkinterface.address").empty());
    BOOST_TEST(parameter(link_in(shown, "/storagelink/"), "occi.storagelink.deviceid") == "/dev/vda");
    BOOST_TEST(it.boots(compute));

    const auto disk = made(talk.next("POST /link/storagelink/"), it);
    talk.put(disk.substr(disk.rfind('/') + 1), their_disk);
    const auto shown_disk = talk.next(std::string("GET /link/storagelink/") + their_disk).body;
    BOOST_TEST(value_of(shown_disk, "occi.storagelink.deviceid") == "/dev/vdb");
    BOOST_TEST(value_of(shown_disk, "occi.core.target") == storage);
    const auto nic = made(talk.next("POST /link/networkinterface/"), it);
    talk.put(nic.substr(nic.rfind('/') + 1), their_nic);
    const auto shown_nic = talk.next(std::string("GET /link/networkinterface/") + their_nic).body;
    BOOST_TEST(value_of(shown_nic, "occi.networkinterface.interface") == "eth1");
    BOOST_TEST(value_of(shown_nic, "occi.core.source") == compute);

    const auto act = [&](const std::string& action, const std::string& state) {
        const auto answer = talk.next(std::string("POST /compute/") + their_compute + "?action=" + action);
        BOOST_TEST(answer.status == 200, answer.body);
        BOOST_TEST(!answer.body.empty());
        BOOST_TEST(it.becomes(compute, "occi.compute.state", state), action);
    };
    act("stop", "inactive");
    act("start", "active");
    act("restart", "active");
    act("suspend", "suspended");
    BOOST_TEST(it.act(compute, "start").status ==
               200); // one of each shape was kept, and what lay between was not
    BOOST_TEST(it.becomes(compute, "occi.compute.state", "active"));
    act("stop", "inactive");
    is_ok(talk.next(std::string("DELETE /link/storagelink/") + their_disk));
    is_ok(talk.next(std::string("DELETE /link/networkinterface/") + their_nic));

    const auto second = made(talk.next("POST /compute/"), it);
    talk.put(second.substr(second.rfind('/') + 1), their_second);
    BOOST_TEST(it.becomes(second, "occi.compute.state", "active"));
    BOOST_TEST(it.get(second).body.find("Link: <" + network + ">") != std::string::npos);
    BOOST_TEST(it.get(second).body.find("Link: <" + storage + ">") != std::string::npos);
    is_ok(talk.next(std::string("DELETE /compute/") + their_second));
    is_ok(talk.next(std::string("DELETE /storage/") + their_storage));
    is_ok(talk.next(std::string("DELETE /network/") + their_network));
    BOOST_TEST(talk.next("GET /compute/no-such-23590-27095").status == 404);
    BOOST_TEST(talk.is_over());
}

void speaks_text_plain(Provider& it) {
    Conversation talk(it, "rocci_cli_text_plain.txt");
    put_names(talk, it);
    is_model(talk.next("GET /-/"));
    BOOST_TEST(talk.next("GET /network/public").status == 200);
    BOOST_TEST(talk.next("GET /network/default").status == 200);
    const auto storage = made(talk.next("POST /storage/"), it);
    talk.put(storage.substr(storage.rfind('/') + 1), "69f95668b70243bf87a0c0aa2fa358a1");
    BOOST_TEST(value_of(talk.next("GET /storage/69f95668b70243bf87a0c0aa2fa358a1").body, "occi.core.title") ==
               "m-11868");
    is_ok(talk.next("DELETE /storage/69f95668b70243bf87a0c0aa2fa358a1"));
    BOOST_TEST(talk.is_over());
}

void speaks_text_occi(Provider& it) {
    Conversation talk(it, "rocci_cli_text_occi.txt");
    put_names(talk, it);
    const auto model = talk.next("GET /-/");
    BOOST_TEST(model.body == "OK");
    BOOST_TEST(!model.header("Category").empty());
    BOOST_TEST(talk.next("GET /network/public").header("Category").starts_with("network; "));
    BOOST_TEST(talk.next("GET /network/default").status == 200);
    const auto answer = talk.next("POST /storage/");
    BOOST_TEST(answer.status == 201, answer.body);
    BOOST_TEST(answer.body == "OK");
    BOOST_TEST(answer.header("X-OCCI-Location") == answer.header("Location"));
    talk.put(answer.id(), "b1a22af3531541dcbf9a71ccc1018710");
    BOOST_TEST(talk.next("GET /storage/b1a22af3531541dcbf9a71ccc1018710")
                   .header("X-OCCI-Attribute")
                   .find("occi.core.title=\"m-7363\"") != std::string::npos);
    // It takes what was changed from Location, and fails without.
    it.post(
        "/-/",
        "Category: mine; scheme=\"http://example.com/occi/rocci#\"; class=\"mixin\"; location=\"/mine/\"");
    const auto changed = talk.next("POST /storage/b1a22af3531541dcbf9a71ccc1018710");
    BOOST_TEST(changed.status == 200, changed.body);
    BOOST_TEST(changed.header("Location") == answer.header("Location"));
    is_ok(talk.next("DELETE /storage/b1a22af3531541dcbf9a71ccc1018710"));
    BOOST_TEST(talk.is_over());
}

const Chapter chapter("clients_rocci",
                      {
                          {"rOCCI-cli 4.3.10", must, "is served all that it asks for", speaks_as_it_likes},
                          {"rOCCI-cli 4.3.10", must, "is served in text/plain", speaks_text_plain},
                          {"rOCCI-cli 4.3.10", must, "is served in text/occi", speaks_text_occi},
                      });

} // namespace
} // namespace conformance
