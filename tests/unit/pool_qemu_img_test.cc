#define BOOST_TEST_DYN_LINK
#include "drivers/pool/qemu_img.hh"

#include <boost/test/unit_test.hpp>

using namespace hv::pool;
using hv::Format;

BOOST_AUTO_TEST_SUITE(pool_qemu_img)

BOOST_AUTO_TEST_CASE(a_chain_in_words_of_qemu_leaves_nothing_open) {
    BOOST_TEST(
        in_words_of_qemu({{"/p/a\"b", Format::qcow2}, {"/p/c", Format::raw}}) ==
        R"(json:{"driver":"qcow2","file":{"driver":"file","filename":"/p/a\"b"},"backing":{"driver":"raw","file":{"driver":"file","filename":"/p/c"}}})");
    BOOST_TEST(in_words_of_qemu({{"/p/a", Format::qcow2}}) ==
               R"(json:{"driver":"qcow2","file":{"driver":"file","filename":"/p/a"},"backing":null})");
}

BOOST_AUTO_TEST_SUITE_END()
