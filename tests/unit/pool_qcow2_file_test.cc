#define BOOST_TEST_DYN_LINK
#include "drivers/pool/qcow2_file.hh"
#include "tests/unit/pool_folder.hh"

#include <boost/test/unit_test.hpp>

using namespace pool_folder;

BOOST_FIXTURE_TEST_SUITE(pool_qcow2_file, pool_folder::Folder)

BOOST_AUTO_TEST_CASE(an_external_data_file_is_noticed) {
    const auto path = file("x", qcow2(mebibyte, "", 3, 4));
    BOOST_TEST(read_qcow2(open_file(path).get()).value().external_data);
}

BOOST_AUTO_TEST_CASE(a_backing_name_of_absurd_length_is_no_header) {
    auto header = qcow2(mebibyte, "/base");
    header.replace(16, 4, "\xff\xff\xff\xff", 4);
    BOOST_TEST(!read_qcow2(open_file(file("x", header)).get()).has_value());
    header = qcow2(mebibyte, "/base");
    header.replace(8, 8, 8, '\xff');
    BOOST_TEST(!read_qcow2(open_file(file("x", header)).get()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
