#define BOOST_TEST_DYN_LINK
// Collections come in the order in which what is in them was made, whoever asks and in whichever rendering.
#include "agent/base/text.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

using nlohmann::json;

namespace {

using Ids = std::vector<std::string>;

Ids words_behind(const std::string& text, const std::string& before, std::size_t length) {
    Ids all;
    for (auto at = text.find(before); at != text.npos; at = text.find(before, at + before.size()))
        all.push_back(text.substr(at + before.size(), length));
    return all;
}

struct Fixture : wire::Fixture {
    // As each face shows the pool.
    Ids in_text(const std::string& pool) const {
        return words_behind(get_as("text/plain", pool + "/").body, url(pool) + "/", 36);
    }
    Ids in_xml(const std::string& pool) const {
        return words_behind(client.get(pool).body, url(pool) + "/", 36);
    }
    Ids in_json(const std::string& pool, const std::string& part = "resources") const {
        Ids all;
        const auto shown = read(pool + "/");
        for (const auto& entity : shown[part])
            all.push_back(entity["id"].get<std::string>().substr(std::string("urn:uuid:").size()));
        return all;
    }
    Ids page_by_page(const std::string& pool, std::size_t count) const {
        Ids all;
        for (std::size_t page = 1; page <= count; ++page)
            for (auto& id :
                 words_behind(get_as("text/plain", pool + "/?number=1&page=" + std::to_string(page)).body,
                              url(pool) + "/", 36))
                all.push_back(std::move(id));
        return all;
    }
    void are_in_order(const std::string& pool, const Ids& made) const {
        const boost::test_tools::per_element each;
        BOOST_TEST(in_text(pool) == made, each);
        BOOST_TEST(in_xml(pool) == made, each);
        BOOST_TEST(in_json(pool) == made, each);
        BOOST_TEST(page_by_page(pool, made.size()) == made, each);
    }
    Ids made(int count, const std::function<std::string(int)>& make) const {
        Ids all;
        for (int index = 0; index < count; ++index) all.push_back(make(index));
        return all;
    }
};

constexpr int some = 5;

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_order, Fixture)

BOOST_AUTO_TEST_CASE(computes_come_as_they_were_made_also_when_they_were_changed_and_after_a_restart) {
    const auto computes = made(some, [&](int) { return agent.compute("<COMPUTE><NICS/></COMPUTE>"); });
    are_in_order("/compute", computes);
    const auto answer = client.put("/compute/" + computes[2], "<COMPUTE><NAME>other</NAME></COMPUTE>");
    BOOST_TEST(answer.status == 202);
    BOOST_REQUIRE(all_has_ended());
    are_in_order("/compute", computes);
    agent.restart();
    BOOST_REQUIRE(agent.becomes(computes[0], "ACTIVE"));
    are_in_order("/compute", computes);
}

BOOST_AUTO_TEST_CASE(computes_come_as_they_were_made_also_when_the_store_was_lost_and_copies_of_them_last) {
    auto computes = made(some, [&](int) { return agent.compute("<COMPUTE><NICS/></COMPUTE>"); });
    const auto renamed = client.put("/compute/" + computes[2], "<COMPUTE><NAME>other</NAME></COMPUTE>");
    BOOST_TEST(renamed.status == 202);
    BOOST_REQUIRE(all_has_ended());
    const auto copy = agent.host().copy_machine(computes[0], spec_of(computes[0]));
    agent.restart_without_store();
    BOOST_REQUIRE(agent.becomes(computes[0], "ACTIVE"));
    computes.push_back(agent.compute("<COMPUTE><NICS/></COMPUTE>"));
    computes.push_back(copy);
    are_in_order("/compute", computes);
}

BOOST_AUTO_TEST_CASE(a_new_one_is_the_last_also_after_a_restart_and_behind_one_that_went) {
    auto computes = made(some, [&](int) { return agent.compute("<COMPUTE><NICS/></COMPUTE>"); });
    agent.restart();
    BOOST_REQUIRE(agent.becomes(computes[0], "ACTIVE"));
    BOOST_TEST(client.remove("/compute/" + computes.back()).status == 204);
    computes.back() = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    are_in_order("/compute", computes);
}

BOOST_AUTO_TEST_CASE(networks_come_as_they_were_made_and_the_default_one_first) {
    const auto before = in_text("/network");
    auto networks =
        made(some, [&](int index) { return agent.network("10." + std::to_string(index + 1) + ".0.0"); });
    networks.insert(networks.begin(), before.begin(), before.end());
    are_in_order("/network", networks);
}

BOOST_AUTO_TEST_CASE(storages_come_as_they_were_made) {
    const auto storages = made(some, [&](int index) { return agent.image("image" + std::to_string(index)); });
    are_in_order("/storage", storages);
}

BOOST_AUTO_TEST_CASE(links_come_in_the_order_of_their_computes_and_in_these_as_they_were_plugged_in) {
    const std::string nics = "<NICS><NIC network=\"" + agent.network() + "\"/><NIC network=\"" +
                             agent.network("10.2.0.0") + "\"/></NICS>";
    const auto computes = made(some, [&](int) { return agent.compute("<COMPUTE>" + nics + "</COMPUTE>"); });
    Ids links;
    for (const auto& compute : computes) {
        const auto shown = read("/compute/" + compute);
        for (const auto& link : shown["links"])
            links.push_back(link["id"].get<std::string>().substr(std::string("urn:uuid:").size()));
    }
    BOOST_TEST(links.size() == 2U * some);
    BOOST_TEST(in_json("/networkinterface", "links") == links, boost::test_tools::per_element());
    BOOST_TEST(in_text("/networkinterface") == links, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_others_made_comes_last_and_stays_where_it_is) {
    Ids theirs;
    for (const auto* name : {"a", "b", "c"})
        theirs.push_back(agent.host().add_foreign_machine(name, hv::MachineState::running));
    agent.host().settle();
    BOOST_REQUIRE(agent.inventory().wait(
        [&](const auto& seen) { return seen.machines.size() == theirs.size(); }, std::chrono::seconds(20)));
    auto computes = made(2, [&](int) { return agent.compute("<COMPUTE><NICS/></COMPUTE>"); });
    std::ranges::sort(theirs);
    computes.insert(computes.end(), theirs.begin(), theirs.end());
    are_in_order("/compute", computes);
    agent.restart();
    BOOST_REQUIRE(agent.becomes(computes[0], "ACTIVE"));
    are_in_order("/compute", computes);
}

BOOST_AUTO_TEST_SUITE_END()
