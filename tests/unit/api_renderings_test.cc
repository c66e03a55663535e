#define BOOST_TEST_DYN_LINK
#include "agent/api/renderings.hh"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using api::Renderings;

namespace {

struct Fixture {
    Renderings renderings;
    std::shared_ptr<const state::Snapshot> now = std::make_shared<state::Snapshot>();
    int times = 0;

    std::string get(const std::string& key) {
        return renderings
            .get(key, now,
                 [&] {
                     return Renderings::Written{key + std::to_string(++times), ""};
                 })
            ->body;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(api_renderings, Fixture)

BOOST_AUTO_TEST_CASE(are_made_once_while_nothing_changes) {
    BOOST_TEST(get("a") == "a1");
    BOOST_TEST(get("a") == "a1");
}

BOOST_AUTO_TEST_CASE(are_made_anew_for_a_new_snapshot) {
    BOOST_TEST(get("a") == "a1");
    now = std::make_shared<state::Snapshot>();
    BOOST_TEST(get("a") == "a2");
}

BOOST_AUTO_TEST_CASE(are_never_those_of_another_key) {
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 2000; ++i) {
            const auto key = "key " + std::to_string(i) + " ";
            BOOST_TEST_REQUIRE(get(key).starts_with(key));
        }
}

BOOST_AUTO_TEST_CASE(keep_no_snapshot_alive) {
    get("a");
    const std::weak_ptr<const state::Snapshot> old = now;
    now = std::make_shared<state::Snapshot>();
    BOOST_TEST(old.expired());
}

BOOST_AUTO_TEST_CASE(are_not_kept_of_what_fails) {
    const auto fail = []() -> Renderings::Written { throw std::runtime_error("not there"); };
    BOOST_CHECK_THROW(renderings.get("a", now, fail), std::runtime_error);
    BOOST_TEST(get("a") == "a1");
}

BOOST_AUTO_TEST_SUITE_END()
