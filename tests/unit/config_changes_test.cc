#define BOOST_TEST_DYN_LINK
#include "agent/config/changes.hh"
#include "agent/config/load.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>

namespace {

Config loaded(const std::string& content) {
    const support::TempFolder folder;
    const auto file = folder.path() / "agent.conf";
    std::ofstream(file) << content;
    return load_config(file, true);
}

// "[agent] log_level at once, [http] workers at start"
std::string changes(const std::string& before, const std::string& after) {
    std::string all;
    for (const auto& [what, applies] : settings::changes_between(loaded(before), loaded(after)))
        all += (all.empty() ? "" : ", ") + what +
               (applies == settings::Applies::at_once ? " at once" : " at start");
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_changes)

BOOST_AUTO_TEST_CASE(are_named_in_the_order_of_the_table_with_when_they_hold) {
    BOOST_TEST(changes("[network]\ndefault=none\n", "[http]\nworkers=2\n[agent]\nlog_level=debug\n") ==
               "[agent] log_level at once, [http] workers at start, [network] default at start");
}

BOOST_AUTO_TEST_CASE(are_none_when_the_same_is_written_otherwise) {
    BOOST_TEST(changes("", "[http]\nsocket_mode=660\nqueued=1024\n[instance_type small]\ncpu=1\n") == "");
}

BOOST_AUTO_TEST_CASE(name_a_folder_only_when_it_does_not_just_follow_the_state) {
    BOOST_TEST(changes("", "[agent]\nstate=/s\n") == "[agent] state at start");
    BOOST_TEST(changes("[agent]\nstate=/s\n", "[agent]\nstate=/s\n[storage]\npath=/s/volumes\n") == "");
    BOOST_TEST(changes("[agent]\nstate=/s\n", "[agent]\nstate=/s\n[storage]\npath=/p\n") ==
               "[storage] path at start");
}

BOOST_AUTO_TEST_CASE(see_every_value_of_a_list) {
    BOOST_TEST(changes("[storage]\nimport_from=/a\n", "[storage]\nimport_from=/a\nimport_from=/b\n") ==
               "[storage] import_from at start");
    BOOST_TEST(changes("", "[storage]\nimport_from=\n") == "[storage] import_from at start");
}

BOOST_AUTO_TEST_CASE(name_instance_types_together_when_one_comes_or_is_another) {
    BOOST_TEST(changes("", "[instance_type tiny]\n") == "[instance_type NAME] at start");
    BOOST_TEST(changes("", "[instance_type large]\ncpu=8\n") == "[instance_type NAME] at start");
}

BOOST_AUTO_TEST_SUITE_END()
