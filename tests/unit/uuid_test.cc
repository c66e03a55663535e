#define BOOST_TEST_DYN_LINK
#include "agent/base/uuid.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <set>
#include <vector>

namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

const std::vector<std::string> not_uuids{"",
                                         "6695eb01",
                                         "6695EB01-f6a4-8304-79aa-97f2502e193f",
                                         "6695eb01f6a4830479aa97f2502e193f",
                                         "6695eb01-f6a4-8304-79aa-97f2502e193",
                                         "6695eb01-f6a4-8304-79aa-97f2502e193f0",
                                         "6695eb01-f6a4-8304-79aa-97f2502e193g",
                                         "6695eb01-f6a48-304-79aa-97f2502e193f",
                                         "{6695eb01-f6a4-8304-79aa-97f2502e19}",
                                         "6695eb01-f6a4-8304-79aa-97f2502e193\n",
                                         "6695eb01-f6a4-8304-79aa-97f2502e193\0"s,
                                         "../../../../../../../../etc/passwd00",
                                         "------------------------------------",
                                         std::string(300, 'a')};

} // namespace

BOOST_AUTO_TEST_SUITE(uuid)

BOOST_AUTO_TEST_CASE(is_new_every_time) {
    std::set<Uuid> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(new_uuid());
    BOOST_TEST(seen.size() == 1000u);
}

BOOST_AUTO_TEST_CASE(is_of_version_4_and_in_our_spelling) {
    for (int i = 0; i < 100; ++i) {
        const auto id = new_uuid();
        BOOST_TEST(is_uuid(id));
        BOOST_TEST(id[14] == '4');
        BOOST_TEST(std::string("89ab").find(id[19]) != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(may_be_of_another_version) {
    BOOST_TEST(is_uuid("6695eb01-f6a4-8304-79aa-97f2502e193f"));
}

BOOST_DATA_TEST_CASE(is_refused_in_any_other_spelling, data::make(not_uuids)) {
    BOOST_TEST(!is_uuid(sample));
}

BOOST_AUTO_TEST_SUITE_END()
