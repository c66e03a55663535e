// The limits of the reader of OpenNebula's XML; what its documents look like is in tests/golden/opennebula_reader.
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/render/opennebula_xml.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>

namespace data = boost::unit_test::data;
namespace opennebula = render::opennebula;
namespace name = occi::name;

namespace {

constexpr std::uint64_t gibibyte = 1 << 30;

const occi::Model& model() {
    static const occi::Model all({{"small", 1, gibibyte}, {"custom", 1, gibibyte}});
    return all;
}

std::string times(std::size_t count, const std::string& piece) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += piece;
    return all;
}

opennebula::ComputeRequest compute(const std::string& inside) {
    return opennebula::read_compute("<COMPUTE>" + inside + "</COMPUTE>", model());
}
occi::Resource network(const std::string& inside) {
    return opennebula::read_network("<NETWORK>" + inside + "</NETWORK>", model());
}
occi::Resource storage(const std::string& inside) {
    return opennebula::read_storage("<DISK>" + inside + "</DISK>", model());
}

// What the reader said when it refused; "" when it did not.
template <class F> std::string refusal(F&& read) {
    try {
        read();
        return "";
    } catch (const Error& error) {
        BOOST_TEST((error.fault() == Fault::invalid));
        return error.what();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(opennebula_reader)

BOOST_AUTO_TEST_CASE(takes_24_disks_and_no_more) {
    BOOST_TEST(
        compute(times(12, "<DISK image='a'/>") + "<DISKS>" + times(12, "<SWAP size='1'/>") + "</DISKS>")
            .resource.links.size() == 24U);
    BOOST_TEST(refusal([] { compute(times(25, "<DISK image='a'/>")); }) == "more than 24 disks");
}

BOOST_AUTO_TEST_CASE(takes_16_nics_and_no_more) {
    BOOST_TEST(compute(times(16, "<NIC network='a'/>")).resource.links.size() == 16U);
    BOOST_TEST(refusal([] { compute(times(17, "<NIC network='a'/>")); }) == "more than 16 NICs");
}

BOOST_AUTO_TEST_CASE(counts_disks_and_nics_apart) {
    BOOST_TEST(
        compute(times(24, "<DISK image='a'/>") + times(16, "<NIC network='a'/>")).resource.links.size() ==
        40U);
}

BOOST_AUTO_TEST_CASE(keeps_disks_in_the_order_of_the_document_whatever_their_spelling) {
    const auto links = compute("<STORAGE><DISK image='a'/></STORAGE><DISK><STORAGE href='/storage/b'/></DISK>"
                               "<DISKS><DISK href='http://h/storage/c'/></DISKS>")
                           .resource.links;
    std::vector<std::string> targets;
    for (const auto& link : links) targets.push_back(link.target);
    BOOST_TEST(targets == (std::vector<std::string>{"/storage/a", "/storage/b", "/storage/c"}),
               boost::test_tools::per_element());
}

struct SizeCase {
    const char* megabytes;
    double gibibytes;
};
std::ostream& operator<<(std::ostream& out, const SizeCase& one) { return out << one.megabytes; }
const std::array sizes{SizeCase{"1", 1.0 / 1024}, SizeCase{"1024", 1.0}, SizeCase{" 1536\n", 1.5},
                       SizeCase{"0020", 20.0 / 1024}, SizeCase{"67108864", 65536.0}};

BOOST_DATA_TEST_CASE(counts_megabytes_exactly, data::make(sizes), one) {
    const std::string size = one.megabytes;
    BOOST_TEST(storage("<SIZE>" + size + "</SIZE>").number(name::storage_size).value() == one.gibibytes);
    BOOST_TEST(compute("<DISKS><SWAP size='" + size + "'/></DISKS>")
                   .resource.links.front()
                   .number(name::disk_size)
                   .value() == one.gibibytes);
}

const std::array<std::string, 14> bad_sizes{
    "0",    "-1",       "+1",  "1.0", "1e3", "0x10", "1,000",
    "20GB", "67108865", "inf", "nan", "1 0", "٣",    "18446744073709551617"};

BOOST_DATA_TEST_CASE(refuses_what_is_no_size, data::make(bad_sizes), size) {
    BOOST_TEST(refusal([&] { storage("<SIZE>" + size + "</SIZE>"); }) ==
               "SIZE of the disk is \"" + size + "\": a whole number of MB from 1 to 67108864 is needed");
    BOOST_TEST(refusal([&] { compute("<DISKS><FS size='" + size + "'/></DISKS>"); }) != "");
}

BOOST_DATA_TEST_CASE(takes_an_id_for_what_it_is,
                     data::make({"a", "5", "A_b.c:d-e", "6695eb01-0b1c-4a3e-9d55-3f2a8c1d7e01"}), id) {
    BOOST_TEST(compute(std::string("<DISK image='") + id + "'/>").resource.links.size() == 1U);
}

BOOST_AUTO_TEST_CASE(takes_an_id_of_64_characters_and_no_more) {
    const auto disk = [](std::size_t length) { return "<DISK image='" + times(length, "a") + "'/>"; };
    BOOST_TEST(compute(disk(64)).resource.links.size() == 1U);
    BOOST_TEST(refusal([&] { compute(disk(65)); }) != "");
}

BOOST_DATA_TEST_CASE(refuses_what_is_no_id,
                     data::make({"a b", "a?b", "a#b", "a%41", "é", "a&amp;b", "//", "a;b"}), id) {
    BOOST_TEST(refusal([&] {
                   compute(std::string("<DISK image='") + id + "'/>");
               }).ends_with("does not end in an id"));
    BOOST_TEST(refusal([&] {
                   compute(std::string("<NIC network='") + id + "'/>");
               }).ends_with("does not end in an id"));
}

BOOST_DATA_TEST_CASE(takes_a_file_system_name_in_any_case, data::make({"ext4", "EXT4", "a234567890123456"}),
                     format) {
    BOOST_TEST(
        compute(std::string("<DISKS><FS size='1' format='") + format + "'/></DISKS>").resource.links.size() ==
        1U);
}

BOOST_DATA_TEST_CASE(refuses_what_is_no_file_system,
                     data::make({"ext-4", "../x", "a2345678901234567", "ext4 -F"}), format) {
    BOOST_TEST(refusal([&] {
                   compute(std::string("<DISKS><FS size='1' format='") + format + "'/></DISKS>");
               }) == std::string("FORMAT \"") + format + "\" is no name of a file system");
}

BOOST_AUTO_TEST_CASE(makes_ext4_when_no_file_system_is_named) {
    BOOST_TEST(compute("<DISKS><FS size='1'/></DISKS>")
                   .resource.links.front()
                   .string(name::disk_filesystem)
                   .value() == "ext4");
}

BOOST_DATA_TEST_CASE(keeps_the_size_of_a_network_as_spelled, data::make({"A", "B", "C", "2", "16777214"}),
                     size) {
    BOOST_TEST(network(std::string("<SIZE>") + size + "</SIZE>").string(name::network_size).value() == size);
}

BOOST_DATA_TEST_CASE(refuses_what_is_no_size_of_a_network,
                     data::make({"D", "AB", "0", "1", "-2", "2.0", "16777215", "99999999999999999999"}),
                     size) {
    BOOST_TEST(refusal([&] { network(std::string("<SIZE>") + size + "</SIZE>"); }) ==
               std::string("SIZE \"") + size + "\" is not A, B, C or a number from 2 to 16777214");
}

BOOST_AUTO_TEST_CASE(takes_a_url_of_4096_bytes_and_no_more) {
    const auto url = [](std::size_t length) { return "<URL>" + times(length, "a") + "</URL>"; };
    BOOST_TEST(storage(url(4096)).string(name::image_url).value().size() == 4096U);
    BOOST_TEST(refusal([&] { storage(url(4097)); }) == "URL has 4097 bytes, more than 4096");
}

BOOST_DATA_TEST_CASE(refuses_a_url_with_a_control_character, data::make({"&#9;", "&#10;", "&#13;", "&#127;"}),
                     one) {
    BOOST_TEST(refusal([&] {
                   storage(std::string("<URL>a") + one + "</URL>");
               }).ends_with("has a control character"));
}

BOOST_AUTO_TEST_CASE(says_what_a_request_names) {
    BOOST_TEST(!compute("").names_networks);
    BOOST_TEST(!compute("").names_disks);
    BOOST_TEST(!compute("").names_template);
    BOOST_TEST(compute("<NICS/>").names_networks);
    BOOST_TEST(compute("<NETWORK/>").names_networks);
    BOOST_TEST(compute("<NIC network='a'/>").names_networks);
    BOOST_TEST(compute("<DISKS/>").names_disks);
    BOOST_TEST(compute("<STORAGE/>").names_disks);
    BOOST_TEST(compute("<TYPE>small</TYPE>").names_template);
    BOOST_TEST(!compute("<TYPE/>").names_template);
}

BOOST_AUTO_TEST_CASE(tells_an_absent_state_from_an_empty_one) {
    BOOST_TEST(!compute("").state);
    BOOST_TEST(compute("<STATE/>").state.value() == "");
}

BOOST_AUTO_TEST_CASE(quotes_what_it_refuses_without_its_control_characters) {
    BOOST_TEST(refusal([] { compute("<TYPE>a&#10;b&#x85;</TYPE>"); }) ==
               "unknown TYPE \"a\\x0ab\\xc2\\x85\"; this agent has small, custom");
}

BOOST_AUTO_TEST_CASE(calls_a_document_that_is_too_large_too_large) {
    try {
        compute("<NAME>" + times(2 << 20, "a") + "</NAME>");
        BOOST_ERROR("was read");
    } catch (const Error& error) {
        BOOST_TEST((error.fault() == Fault::too_large));
    }
}

BOOST_AUTO_TEST_SUITE_END()
