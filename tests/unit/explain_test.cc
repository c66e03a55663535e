// The search for an order, on a counter and on a switch: what it accepts, and above all what it does not.
#define BOOST_TEST_DYN_LINK
#include "tests/support/explain.hh"

#include <boost/test/unit_test.hpp>

namespace {

using Counter = support::Happening<int>;
using Ints = std::set<int>;

Counter add(std::int64_t begin, std::int64_t end, int much = 1, std::uint64_t number = 0) {
    return {begin, end, number, false, [much](int value) { return Ints{value + much}; }, "add"};
}
Counter saw(std::int64_t begin, std::int64_t end, int what) {
    return {begin, end, 0, true, [what](int value) { return value == what ? Ints{value} : Ints{}; }, "saw"};
}
Counter doubled(std::int64_t begin, std::int64_t end, std::uint64_t number = 0) {
    return {begin, end, number, false, [](int value) { return Ints{value * 2}; }, "doubled"};
}
Counter either(std::int64_t begin, std::int64_t end) {
    return {begin, end, 0, false, [](int value) { return Ints{value, value + 1}; }, "either"};
}

Ints ends(std::vector<Counter> history, const Ints& begins = {0}) {
    return support::Explainer<int>(std::move(history)).explain(begins).ends;
}

} // namespace

BOOST_AUTO_TEST_SUITE(explain)

BOOST_AUTO_TEST_CASE(keeps_what_comes_after_something_behind_it) {
    BOOST_TEST((ends({add(0, 1), saw(2, 3, 1)}) == Ints{1}));
    BOOST_TEST(ends({add(0, 1), saw(2, 3, 0)}).empty()); // a stale reading
    BOOST_TEST(ends({saw(0, 1, 1), add(2, 3)}).empty()); // out of the future
}

BOOST_AUTO_TEST_CASE(puts_what_overlaps_into_any_order) {
    BOOST_TEST((ends({add(0, 9), saw(1, 2, 0), saw(3, 4, 1)}) == Ints{1}));
    BOOST_TEST((ends({add(0, 9), saw(1, 2, 1)}) == Ints{1}));
    BOOST_TEST(ends({add(0, 9), saw(1, 2, 1), saw(3, 4, 0)}).empty()); // there, and gone again
}

BOOST_AUTO_TEST_CASE(tells_every_state_that_it_may_have_ended_in) {
    BOOST_TEST((ends({add(0, 9), doubled(0, 9)}, {1}) == Ints{3, 4}));
    BOOST_TEST((ends({either(0, 1), either(0, 1)}) == Ints{0, 1, 2}));
    BOOST_TEST((ends({either(0, 1), saw(2, 3, 1)}) == Ints{1}));
    BOOST_TEST((ends({}, {4, 5}) == Ints{4, 5}));
}

BOOST_AUTO_TEST_CASE(keeps_to_the_numbers_of_the_system) {
    BOOST_TEST((ends({add(0, 9, 1, 7), doubled(0, 9, 8)}, {1}) == Ints{4}));
    BOOST_TEST((ends({add(0, 9, 1, 8), doubled(0, 9, 7)}, {1}) == Ints{3}));
    // It says that it did first what was asked for later.
    BOOST_TEST(ends({add(0, 1, 1, 8), doubled(2, 3, 7)}, {1}).empty());
}

BOOST_AUTO_TEST_CASE(lets_the_thing_go_where_it_goes_by_itself) {
    const auto drift = [](int value) { return value == 1 ? Ints{0} : Ints{}; };
    const auto end = [&](std::vector<Counter> history) {
        return support::Explainer<int>(std::move(history), drift).explain({1}).ends;
    };
    BOOST_TEST((end({saw(0, 1, 1), saw(2, 3, 0)}) == Ints{0}));
    BOOST_TEST(end({saw(0, 1, 0), saw(2, 3, 1)}).empty());
}

BOOST_AUTO_TEST_CASE(says_how_far_an_explanation_goes) {
    auto late = saw(4, 5, 7);
    late.text = "saw seven";
    const auto none = support::Explainer<int>({add(0, 1), add(2, 3), late}).explain({0});
    BOOST_TEST(none.ends.empty());
    BOOST_TEST((none.longest == std::vector<std::string>{"add", "add"}));
    BOOST_TEST((none.stuck_at == std::vector<std::string>{"saw seven"}));
    BOOST_TEST(none.at == 2);
}

BOOST_AUTO_TEST_CASE(is_not_lost_in_many_that_overlap) {
    std::vector<Counter> history;
    for (int i = 0; i < 40; ++i) history.push_back(saw(0, 1000, i % 6));
    for (std::uint64_t i = 1; i <= 5; ++i) history.push_back(add(0, 1000, 1, i));
    BOOST_TEST((ends(history) == Ints{5}));
    history.push_back(saw(0, 1000, 6));
    BOOST_TEST(ends(history).empty());
}

BOOST_AUTO_TEST_SUITE_END()
