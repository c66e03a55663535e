#define BOOST_TEST_DYN_LINK
#include "agent/base/shared_map.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <string_view>
#include <thread>

namespace {

using Numbers = SharedMap<int, int>;
using Plain = std::map<int, int, std::less<>>;

bool is_same(const Numbers& shared, const Plain& plain) {
    return shared.size() == plain.size() && std::ranges::equal(shared, plain);
}

// How many of its entries are not the very ones of the other.
std::ptrdiff_t made_anew(const Numbers& later, const Numbers& earlier) {
    return std::ranges::count_if(
        later, [&](const auto& entry) { return earlier.find(entry.first) != &entry.second; });
}

// What a change may make anew of `size` entries: the way down, and two for each turn on it at the most.
double most_made_anew(std::size_t size) { return 3 * 2.5 * std::log2(static_cast<double>(size) + 1); }

} // namespace

BOOST_AUTO_TEST_SUITE(shared_map)

BOOST_AUTO_TEST_CASE(does_what_a_map_does_whatever_is_asked_and_old_copies_stay_as_they_were) {
    const auto seed = std::random_device()();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> key_of(0, 300);
    Numbers shared;
    Plain plain;
    std::vector<std::pair<Numbers, Plain>> earlier;
    for (int round = 0; round < 20'000; ++round) {
        const int key = key_of(random);
        if (random() % 2 == 0) {
            shared.put(key, round);
            plain[key] = round;
        } else {
            BOOST_REQUIRE(shared.erase(key) == (plain.erase(key) > 0));
        }
        BOOST_REQUIRE(shared.contains(key) == plain.contains(key));
        BOOST_REQUIRE(shared.size() == plain.size());
        BOOST_REQUIRE(shared.empty() == plain.empty());
        if (round % 500 == 0) earlier.emplace_back(shared, plain);
    }
    BOOST_TEST(is_same(shared, plain));
    for (const auto& [as_shared, as_plain] : earlier) BOOST_TEST(is_same(as_shared, as_plain));
}

BOOST_AUTO_TEST_CASE(makes_only_the_way_to_a_change_anew) {
    Numbers map;
    for (int key = 0; key < 10'000; ++key) { // the order that is worst for a tree without balance
        const auto before = map;
        map.put(key, key);
        if (key % 97 == 0)
            BOOST_TEST(static_cast<double>(made_anew(map, before)) <= most_made_anew(map.size()));
    }
    for (int key = 0; key < 9'900; ++key) {
        const auto before = map;
        map.erase(key);
        if (key % 97 == 0)
            BOOST_TEST(static_cast<double>(made_anew(map, before)) <= most_made_anew(before.size()));
    }
    BOOST_TEST(map.size() == 100U);
    BOOST_TEST(map.begin()->first == 9'900);
}

BOOST_AUTO_TEST_CASE(shares_everything_with_its_copy_until_one_of_them_changes) {
    Numbers map(Plain{{1, 10}, {2, 20}, {3, 30}});
    const auto copy = map;
    BOOST_TEST(made_anew(copy, map) == 0);
    map.erase(4); // which is not there
    BOOST_TEST(made_anew(copy, map) == 0);
    BOOST_TEST(map.shares_all_with(copy));
    map.put(2, 21);
    BOOST_TEST(!map.shares_all_with(copy));
    BOOST_TEST(copy.at(2) == 20);
    BOOST_TEST(map.at(2) == 21);
}

BOOST_AUTO_TEST_CASE(is_made_of_a_whole_map_at_once) {
    for (int size = 0; size < 70; ++size) {
        Plain plain;
        for (int key = 0; key < size; ++key) plain[key * 2] = key;
        Numbers map(plain);
        BOOST_TEST(is_same(map, plain));
        const auto before = map;
        map.put(size, 1);
        BOOST_TEST(static_cast<double>(made_anew(map, before)) <= most_made_anew(map.size()));
    }
}

BOOST_AUTO_TEST_CASE(finds_by_whatever_can_be_compared_with_a_key) {
    SharedMap<std::string, int> map;
    map.put("b", 2);
    map.put("a", 1);
    BOOST_TEST(map.at(std::string_view("a")) == 1);
    BOOST_TEST(!map.find(std::string_view("c")));
    BOOST_CHECK_THROW(map.at("c"), std::out_of_range);
    BOOST_TEST(map.begin()->first == "a");
}

BOOST_AUTO_TEST_CASE(is_walked_through_while_others_change_copies_of_it) {
    Plain plain;
    for (int key = 0; key < 2'000; ++key) plain[key] = key;
    const Numbers map(plain);
    std::jthread other([copy = map]() mutable {
        for (int key = 0; key < 2'000; ++key) copy.erase(key);
    });
    for (int round = 0; round < 20; ++round) BOOST_TEST(is_same(map, plain));
}

BOOST_AUTO_TEST_SUITE_END()
