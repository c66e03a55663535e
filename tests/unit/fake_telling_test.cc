#define BOOST_TEST_DYN_LINK
#include "tests/unit/contract_checks.hh"
#include "tests/unit/fake_scene.hh"

#include <boost/test/unit_test.hpp>

#include <future>

using contract::fails;
using contract::mebibyte;
using contract::Witness;
using fake_scene::some_block;
using hv::MachineState;
using Subject = hv::Change::Subject;

BOOST_FIXTURE_TEST_SUITE(fake_telling, fake_scene::Scene)

BOOST_AUTO_TEST_CASE(tells_nothing_while_it_is_lost_and_found_when_it_is_back) {
    const auto id = running_machine();
    Witness witness(host);
    BOOST_TEST(witness.finds_it());
    host.lose("it was killed");
    BOOST_TEST(witness.loses_it("it was killed"));
    host.guest_powers_off(id);
    host.settle();
    BOOST_TEST(witness.changes().empty());
    host.come_back();
    BOOST_TEST(witness.finds_it(2));
    BOOST_TEST((seen(id).state == MachineState::off));
}

BOOST_AUTO_TEST_CASE(found_comes_before_any_change) {
    struct Order : hv::Listener {
        std::vector<std::string> words;
        void changed(const hv::Change& change) noexcept override { words.push_back(change.what); }
        void found() noexcept override { words.push_back("found"); }
        void lost(const std::string&) noexcept override { words.push_back("lost"); }
    } order;
    host.add_foreign_machine("before it was watched");
    host.watch(order);
    host.add_foreign_machine("later");
    host.settle();
    host.unwatch();
    host.add_foreign_machine("after it was watched");
    host.settle();
    BOOST_TEST(order.words == (std::vector<std::string>{"found", "defined"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_lost_host_is_not_found_when_it_is_watched) {
    host.lose("it was killed");
    Witness witness(host);
    host.settle();
    host.come_back();
    BOOST_TEST(witness.finds_it(1));
}

BOOST_AUTO_TEST_CASE(what_others_do_is_told) {
    Witness witness(host);
    const auto machine = host.add_foreign_machine("theirs", MachineState::off);
    const auto network = host.add_foreign_network("default");
    const auto volume = host.storage().create(new_uuid(), mebibyte).id;
    BOOST_TEST(witness.sees(Subject::machine, machine));
    BOOST_TEST(witness.sees(Subject::network, network));
    BOOST_TEST(witness.sees(Subject::volume, volume));
    witness.forget();
    for (const auto& id : {machine, network, volume}) host.vanish(id);
    BOOST_TEST(witness.sees(Subject::machine, machine));
    BOOST_TEST(witness.sees(Subject::network, network));
    BOOST_TEST(witness.sees(Subject::volume, volume));
    fails(Fault::not_found, [&] { host.vanish(volume); });
}

BOOST_AUTO_TEST_CASE(shows_the_surroundings_that_it_is_given) {
    host.set_routes({{some_block, "route by eth0"}});
    host.set_bridges({"br0"});
    BOOST_TEST(host.routes().at(0).name == "route by eth0");
    BOOST_TEST(host.has_bridge("br0"));
    BOOST_TEST(!host.has_bridge("br1"));
}

BOOST_AUTO_TEST_CASE(many_threads_may_use_it_at_once) {
    Witness witness(host);
    std::vector<std::future<void>> users;
    for (int user = 0; user < 8; ++user)
        users.push_back(std::async(std::launch::async, [&] {
            for (int round = 0; round < 20; ++round) {
                const auto id = running_machine();
                host.compute().list();
                host.compute().press_power_button(id);
                host.compute().power_off(id);
                host.compute().remove(id);
            }
        }));
    for (auto& user : users) user.get();
    host.settle();
    BOOST_TEST(host.compute().list().empty());
}

BOOST_AUTO_TEST_SUITE_END()
