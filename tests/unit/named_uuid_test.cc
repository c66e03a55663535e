#define BOOST_TEST_DYN_LINK
#include "agent/base/named_uuid.hh"

#include <boost/test/unit_test.hpp>

#include <set>

namespace {

const Uuid space = "6695eb01-0000-4000-8000-000000000001";

} // namespace

BOOST_AUTO_TEST_SUITE(named_uuid_of)

BOOST_AUTO_TEST_CASE(a_name_is_the_same_for_ever) {
    // Clients keep them.
    BOOST_TEST(named_uuid(space, "52:54:00:00:00:01") == named_uuid(space, "52:54:00:00:00:01"));
}

BOOST_AUTO_TEST_CASE(a_name_is_a_uuid_of_version_8) {
    std::set<char> variants;
    for (int index = 0; index < 64; ++index) {
        const auto id = named_uuid(space, std::to_string(index));
        BOOST_TEST(is_uuid(id), id);
        BOOST_TEST(id[14] == '8');
        variants.insert(id[19]);
    }
    BOOST_TEST((variants == std::set<char>{'8', '9', 'a', 'b'}));
}

BOOST_AUTO_TEST_CASE(other_names_and_spaces_differs) {
    BOOST_TEST(named_uuid(space, "a") != named_uuid(space, "b"));
    BOOST_TEST(named_uuid(space, "a") != named_uuid("6695eb01-0000-4000-8000-000000000002", "a"));
}

BOOST_AUTO_TEST_SUITE_END()
