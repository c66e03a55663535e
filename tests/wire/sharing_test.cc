// Who may use what is another's: what is shared, what a role looks after, and whose copies are; and the USERs of
// OpenNebula's XML.
#define BOOST_TEST_DYN_LINK
#include "tests/support/words.hh"
#include "tests/wire/people.hh"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <string>

using support::element, support::has;

namespace {

struct Fixture : wire::People {
    std::string shown(const std::string& who, const std::string& path, const std::string& attribute) const {
        return words::value_of(text_as(who, "GET", path).body, attribute);
    }
    support::Answer act_as(const std::string& who, const std::string& path, const std::string& term) const {
        const auto kind = path.substr(1, path.find('/', 1) - 1);
        return text_as(who, "POST", path + "?action=" + term,
                       words::category(term, words::action_scheme(kind), "action"));
    }
    std::string boot(const std::string& who, const std::string& image) {
        return made(as(who, "POST", "/compute",
                       "<COMPUTE><DISKS><DISK image=\"" + image + "\"/></DISKS><NICS/></COMPUTE>"));
    }
    int plug(const std::string& who, const std::string& compute, const std::string& network) {
        const auto answer =
            text_as(who, "POST", "/networkinterface/",
                    words::link("networkinterface", "/compute/" + compute, "/network/" + network));
        BOOST_REQUIRE(all_has_ended());
        return answer.status;
    }
    std::string user_of(const std::string& who, const std::string& path) const {
        const auto body = as(who, "GET", path).body;
        const auto begin = body.find("/user/") + 6;
        return body.substr(begin, 36);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_sharing, Fixture)

BOOST_AUTO_TEST_CASE(every_entity_has_an_owner_and_a_group_that_last) {
    const auto storage = make_storage("ann"), network = make_network("ann");
    const auto compute =
        make_compute("ann", "<DISKS><DISK image=\"" + storage + "\"/></DISKS><NICS><NIC><UUID>" + network +
                                "</UUID></NIC></NICS>");
    const auto paths = {"/storage/" + storage, "/network/" + network, "/compute/" + compute,
                        "/storagelink/" + link_of("ann", "storagelink"),
                        "/networkinterface/" + link_of("ann", "networkinterface")};
    for (const auto& path : paths) {
        BOOST_TEST(shown("ann", path, "occi_agent.owner") == "ann", path);
        BOOST_TEST(shown("ann", path, "occi_agent.group") == "den", path);
        BOOST_TEST(text_as("ann", "POST", path, words::attribute("occi_agent.group=\"lab\"")).status == 403);
    }
    BOOST_TEST(spec_of(compute).group == "den"); // also beside the machine
    for (const auto& path : {"/storage/" + storage, "/network/" + network, "/compute/" + compute}) {
        const auto entry = as("ann", "GET", path).body;
        BOOST_TEST(element(entry, "GROUP") == "den");
        BOOST_TEST(has(entry, "name=\"ann\""));
    }
}

BOOST_AUTO_TEST_CASE(what_one_looks_after_one_may_change) {
    const auto storage = "/storage/" + make_storage("ann"), title = words::attribute("occi.core.title=\"x\"");
    BOOST_TEST(text_as("chief", "POST", storage, title).status == 200);
    BOOST_TEST(text_as("root", "POST", storage, title).status == 200);
    BOOST_TEST(text_as("dan", "POST", storage, title).status == 404);
    BOOST_TEST(shown("chief", storage, "occi_agent.owner") == "ann");
}

BOOST_AUTO_TEST_CASE(what_is_shared_is_shown_and_not_changed) {
    for (const auto& path : {"/storage/" + make_storage("ann"), "/network/" + make_network("ann")}) {
        BOOST_TEST(shown("ann", path, "occi_agent.share") == "private");
        BOOST_TEST(share("ann", path, "group").status == 200);
        BOOST_TEST(text_as("dan", "GET", path).status == 200);
        for (const auto* who : {"eve", "vic", "otto", "orc"})
            BOOST_TEST(text_as(who, "GET", path).status == 404, who);
        BOOST_TEST(share("ann", path, "public").status == 200);
        for (const auto* who : {"dan", "eve", "vic", "otto", "orc"}) {
            BOOST_TEST(text_as(who, "GET", path).status == 200, who);
            BOOST_TEST(text_as(who, "DELETE", path).status == 403);
            BOOST_TEST(text_as(who, "POST", path, words::attribute("occi.core.title=\"his\"")).status == 403);
            BOOST_TEST(text_as(who, "POST", path, words::attribute("occi_agent.share=\"private\"")).status ==
                       403);
        }
        const auto refused = text_as("eve", "DELETE", path);
        BOOST_TEST(
            has(refused.body, "its owner, an operator of its group or an administrator may change it"));
        BOOST_TEST(share("ann", path, "everyone").status == 400);
        BOOST_TEST(share("ann", path, "private").status == 200);
        BOOST_TEST(text_as("eve", "GET", path).status == 404);
    }
}

BOOST_AUTO_TEST_CASE(no_action_is_offered_that_one_may_not_take) {
    const auto storage = "/storage/" + make_storage("ann"), network = "/network/" + make_network("ann");
    share("ann", storage, "public");
    share("ann", network, "public");
    const auto offered = [&](const std::string& path, const std::string& term) {
        return has(text_as("eve", "GET", path).body, "?action=" + term);
    };
    BOOST_TEST(!offered(network, "down"));
    BOOST_TEST(!offered(storage, "offline"));
    BOOST_TEST(offered(storage, "snapshot"));
    BOOST_TEST(act_as("eve", network, "down").status == 403);
    BOOST_TEST(act_as("eve", storage, "offline").status == 403);
}

BOOST_AUTO_TEST_CASE(a_copy_of_what_is_shared_boots_and_itself_does_not) {
    const auto image = make_storage("ann");
    share("ann", "/storage/" + image, "public");
    const auto compute = boot("eve", image);
    BOOST_TEST(shown("eve", "/compute/" + compute, "occi_agent.owner") == "eve");
    const auto plugged = text_as("eve", "POST", "/storagelink/",
                                 words::link("storagelink", "/compute/" + compute, "/storage/" + image));
    BOOST_TEST(plugged.status == 403);
    // The owner learns that somebody uses it, and not who.
    const auto refused = as("ann", "DELETE", "/storage/" + image);
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(!has(refused.body, compute));
    BOOST_TEST(has(refused.body, "a compute of somebody else"));
    BOOST_TEST(has(as("root", "DELETE", "/storage/" + image).body, compute));
    BOOST_TEST(act_as("eve", "/storage/" + image, "snapshot").status == 200);
    BOOST_REQUIRE(all_has_ended());
    BOOST_TEST(has(text_as("eve", "GET", "/storage/?category=storage").body, "/storage/"));
}

BOOST_AUTO_TEST_CASE(a_copy_is_of_who_may_change_the_original_or_of_who_asked) {
    const auto storage = make_storage("ann");
    share("ann", "/storage/" + storage, "public");
    const auto copy_by = [&](const std::string& who) {
        BOOST_REQUIRE(act_as(who, "/storage/" + storage, "snapshot").status == 200);
        BOOST_REQUIRE(all_has_ended());
        const auto urls = as(who, "GET", "/storage/", {}, {{"Accept", "text/uri-list"}}).body;
        return urls.substr(urls.rfind("/storage/"));
    };
    BOOST_TEST(shown("root", copy_by("eve"), "occi_agent.owner") == "eve");
    BOOST_TEST(shown("root", copy_by("chief"), "occi_agent.owner") == "ann");
}

BOOST_AUTO_TEST_CASE(on_a_shared_network_one_sees_only_ones_own_links) {
    const auto network = make_network("ann");
    const auto hers = make_compute("ann", "<NICS><NIC><UUID>" + network + "</UUID></NIC></NICS>");
    const auto compute = make_compute("eve");
    BOOST_TEST(plug("eve", compute, network) == 400);
    share("ann", "/network/" + network, "public");
    BOOST_TEST(plug("eve", compute, network) == 201);
    const auto links = as("eve", "GET", "/networkinterface/", {}, {{"Accept", "application/occi+json"}}).body;
    BOOST_TEST(has(links, compute));
    BOOST_TEST(!has(links, hers));
    for (const auto* type : {"text/plain", "application/occi+json", "application/xml"})
        BOOST_TEST(!has(as("eve", "GET", "/network/" + network, {}, {{"Accept", type}}).body, hers), type);
}

BOOST_AUTO_TEST_CASE(the_default_network_is_for_everybody_and_of_nobody) {
    for (const auto* who : {"ann", "vic", "otto", "orc"}) {
        const auto urls = as(who, "GET", "/network/", {}, {{"Accept", "text/uri-list"}}).body;
        const auto path = urls.substr(urls.rfind("/network/"));
        BOOST_TEST(shown(who, path, "occi_agent.share") == "public", who);
        BOOST_TEST(text_as(who, "DELETE", path).status == 403);
    }
}

BOOST_AUTO_TEST_CASE(what_is_of_no_group_is_shared_with_none) {
    const auto storage = made(as("root", "POST", "/storage", "<DISK><NAME>x</NAME><SIZE>1</SIZE></DISK>"));
    BOOST_TEST(share("root", "/storage/" + storage, "group").status == 409);
}

BOOST_AUTO_TEST_CASE(operations_of_a_group_are_its_operators_too) {
    make_storage("ann");
    const auto seen = [&](const std::string& who) {
        return nlohmann::json::parse(as(who, "GET", "/-/operations").body)["operations"].size();
    };
    BOOST_TEST(seen("ann") == 1U);
    BOOST_TEST(seen("chief") == 1U);
    BOOST_TEST(seen("dan") == 0U);
    BOOST_TEST(seen("otto") == 0U);
}

BOOST_AUTO_TEST_CASE(after_the_loss_of_the_store_the_notes_say_whose_it_is) {
    const auto storage = make_storage("ann"), network = make_network("ann");
    share("ann", "/storage/" + storage, "group");
    const auto is_noted = [&] {
        std::string all;
        for (const auto& [id, text] : agent.host().notes().list()) all += text;
        return has(all, "share=\"group\"") && has(all, network);
    };
    BOOST_REQUIRE(support::eventually(is_noted));
    agent.restart_without_store();
    BOOST_REQUIRE(support::eventually([&] {
        const auto seen = agent.inventory().now();
        return seen->storage_records.contains(storage) && seen->network_records.contains(network);
    }));
    const auto seen = agent.inventory().now();
    const auto& record = *state::find(seen->storage_records, storage);
    BOOST_TEST(record.owner == "ann");
    BOOST_TEST(record.group == "den");
    BOOST_TEST((record.share == Share::group));
    BOOST_TEST(state::find(seen->network_records, network)->group == "den");
}

// What is written beside a machine is not believed for as long as there is a record.
BOOST_AUTO_TEST_CASE(a_mark_beside_a_machine_makes_nobody_its_owner) {
    const auto compute = make_compute("ann");
    BOOST_TEST(agent.inventory().now()->machines.at(compute)->spec.owner == "ann");
    const auto copy = agent.host().copy_machine(compute, spec_of(compute), true);
    BOOST_REQUIRE(support::eventually([&] { return agent.inventory().now()->machines.contains(copy); }));
    BOOST_TEST(agent.inventory().now()->machines.at(copy)->spec.owner.empty());
    BOOST_TEST(text_as("ann", "GET", "/compute/" + copy).status == 404);
    BOOST_TEST(text_as("chief", "GET", "/compute/" + copy).status == 404);
    BOOST_TEST(text_as("root", "GET", "/compute/" + copy).status == 200);
}

// ---- /user ---------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(users_are_those_whom_one_looks_after) {
    const auto storage = "/storage/" + make_storage("ann");
    make_storage("eve");
    const auto seen = [&](const std::string& who) { return as(who, "GET", "/user").body; };
    BOOST_TEST(has(seen("ann"), "name=\"ann\""));
    BOOST_TEST(!has(seen("ann"), "name=\"eve\""));
    BOOST_TEST(has(seen("dan"), "name=\"dan\""));
    BOOST_TEST(!has(seen("dan"), "name=\"ann\""));
    BOOST_TEST(has(seen("chief"), "name=\"ann\""));
    BOOST_TEST(!has(seen("chief"), "name=\"eve\""));
    BOOST_TEST(has(seen("root"), "name=\"ann\""));
    BOOST_TEST(has(seen("root"), "name=\"eve\""));
    const auto id = user_of("ann", storage);
    const auto entry = as("ann", "GET", "/user/" + id).body;
    BOOST_TEST(element(entry, "ID") == id);
    BOOST_TEST(element(entry, "NAME") == "ann");
    BOOST_TEST(element(entry, "GROUP") == "den");
    BOOST_TEST(as("chief", "GET", "/user/" + id).body.find("ann") != std::string::npos);
    for (const auto* who : {"dan", "eve", "vic", "otto", "orc"})
        BOOST_TEST(as(who, "GET", "/user/" + id).status == 404, who);
}

BOOST_AUTO_TEST_SUITE_END()
