#define BOOST_TEST_DYN_LINK
#include "agent/base/published.hh"

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

namespace {

struct Twice {
    int first, second;
};

std::shared_ptr<const Twice> twice(int number) {
    return std::make_shared<const Twice>(Twice{number, number});
}

} // namespace

BOOST_AUTO_TEST_SUITE(published)

BOOST_AUTO_TEST_CASE(gives_the_newest_value_and_keeps_what_somebody_holds) {
    Published<Twice> newest(twice(1));
    const auto held = newest.get();
    newest.set(twice(2));
    BOOST_TEST(newest.get()->first == 2);
    BOOST_TEST(held->first == 1);
}

BOOST_AUTO_TEST_CASE(lets_go_of_a_value_when_there_is_a_newer_one) {
    auto first = twice(1);
    const std::weak_ptr<const Twice> watched = first;
    Published<Twice> newest(std::move(first));
    BOOST_TEST(!watched.expired());
    newest.set(twice(2));
    BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_CASE(gives_whole_values_and_never_an_older_one_while_they_follow_one_another) {
    constexpr int last = 20'000;
    Published<Twice> newest(twice(0));
    std::atomic<int> wrong = 0;
    const auto read = [&] {
        for (int before = 0; before < last;) {
            const auto seen = newest.get();
            if (seen->first < before || seen->first != seen->second) ++wrong;
            before = seen->first;
        }
    };
    std::vector<std::jthread> readers;
    for (int i = 0; i < 4; ++i) readers.emplace_back(read);
    for (int number = 1; number <= last; ++number) newest.set(twice(number));
    readers.clear(); // joins
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
