#define BOOST_TEST_DYN_LINK
#include "agent/api/page.hh"
#include "agent/base/error.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <tuple>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

// Of 250 entities: the query, the first one and how many.
const std::vector<std::tuple<std::string, std::size_t, std::size_t>> pages = {
    {"", 0, 250},
    {"other=1", 0, 250},
    {"page=1", 0, 100},
    {"page=0", 0, 100},
    {"page=3", 200, 50},
    {"page=4", 250, 0},
    {"page=4294967295&number=1000", 250, 0},
    {"number=10", 0, 10},
    {"page=2&number=10", 10, 10},
    {"number=10&page=25", 240, 10},
    {"number=1000", 0, 250},
};
const std::vector<std::tuple<std::string, bool>> refused = {
    {"page=x", false},     {"page=", false},         {"page", false},       {"page=-1", false},
    {"number=0", false},   {"page=1&page=2", false}, {"number=1.5", false}, {"page=99999999999", false},
    {"number=1001", true},
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_page)

BOOST_DATA_TEST_CASE(is_what_the_query_asks_for, data::make(pages), query, first, count) {
    const auto page = api::page_in(query, 250);
    BOOST_TEST(page.first == first);
    BOOST_TEST(page.count == count);
}

BOOST_DATA_TEST_CASE(is_refused_when_it_is_none_or_too_long, data::make(refused), query, too_long) {
    BOOST_CHECK_EXCEPTION(api::page_in(query, 250), Error, [&](const Error& failure) {
        return failure.fault() == (too_long ? Fault::too_large : Fault::invalid);
    });
}

BOOST_AUTO_TEST_CASE(of_nothing_is_empty) { BOOST_TEST(api::page_in("page=1", 0).count == 0U); }

BOOST_AUTO_TEST_SUITE_END()
