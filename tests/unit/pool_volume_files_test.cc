#define BOOST_TEST_DYN_LINK
#include "tests/unit/pool_folder.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

namespace bdata = boost::unit_test::data;
using namespace pool_folder;
using hv::Format;

BOOST_FIXTURE_TEST_SUITE(pool_volume_files, pool_folder::Folder)

BOOST_AUTO_TEST_CASE(a_raw_volume_is_as_large_as_its_file_and_takes_what_it_takes) {
    fs::resize_file(file(first_id + ".raw", "something"), 64 * mebibyte);
    const auto volume = files.find(first_id).value();
    BOOST_TEST(volume.id == first_id);
    BOOST_TEST(volume.format == Format::raw);
    BOOST_TEST(volume.bytes == 64 * mebibyte);
    BOOST_TEST(volume.allocated < mebibyte);
    BOOST_TEST(volume.path == (temp.path() / (first_id + ".raw")).string());
    BOOST_TEST(volume.backing == "");
}

BOOST_DATA_TEST_CASE(a_qcow2_volume_is_what_its_header_says, bdata::make({2U, 3U}), version) {
    file(first_id + ".qcow2", qcow2(5 * mebibyte, "/somewhere/" + second_id + ".raw", version));
    const auto volume = files.find(first_id).value();
    BOOST_TEST(volume.format == Format::qcow2);
    BOOST_TEST(volume.bytes == 5 * mebibyte);
    BOOST_TEST(volume.backing == second_id);
}

BOOST_AUTO_TEST_CASE(a_base_that_is_no_volume_is_no_backing) {
    file(first_id + ".qcow2", qcow2(mebibyte, "/images/debian.qcow2"));
    BOOST_TEST(files.find(first_id).value().backing == "");
}

BOOST_AUTO_TEST_CASE(lists_volumes_and_nothing_else) {
    file(first_id + ".raw", "x");
    file(second_id + ".qcow2", qcow2(mebibyte));
    for (const auto* name :
         {"debian.qcow2", "README", "11111111-2222-4333-8444-555555555555",
          "11111111-2222-4333-8444-555555555555.iso", "11111111-2222-4333-8444-555555555555.raw.bak",
          "AAAAAAAA-2222-4333-8444-555555555555.raw", ".11111111-2222-4333-8444-555555555555.part"})
        file(name, "x");
    std::vector<Uuid> ids;
    for (const auto& volume : files.list()) ids.push_back(volume.id);
    std::ranges::sort(ids);
    BOOST_TEST(ids == (std::vector{first_id, second_id}), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_qcow2_file_that_is_not_whole_is_not_there,
                     bdata::make({std::string(), std::string("QFI\xfb"), qcow2(mebibyte).substr(0, 75),
                                  qcow2(0), qcow2(mebibyte, "/a/long/name").substr(0, 110),
                                  std::string(104, 'x')}),
                     content) {
    file(first_id + ".qcow2", content);
    BOOST_TEST(!files.find(first_id).has_value());
    BOOST_TEST(files.list().empty());
}

// A snapshot that somebody has called "raw", say.
BOOST_AUTO_TEST_CASE(two_files_of_one_volume_are_none_until_one_is_taken_away) {
    file(first_id + ".raw", "bytes of a guest");
    file(first_id + ".qcow2", qcow2(mebibyte));
    BOOST_TEST(files.list().empty());
    BOOST_CHECK_EXCEPTION(files.find(first_id), Error, fault_is(Fault::conflict));
    BOOST_CHECK_EXCEPTION(files.remove(first_id), Error, fault_is(Fault::conflict));
    BOOST_TEST(files.strays().size() == 2U);
    BOOST_TEST(names().size() == 2U);
    fs::remove(temp.path() / (first_id + ".qcow2"));
    BOOST_TEST(files.list().size() == 1U);
    BOOST_TEST(files.find(first_id)->bytes == 16U);
    BOOST_TEST(files.strays().empty());
}

BOOST_AUTO_TEST_CASE(a_link_or_a_folder_is_no_volume) {
    fs::create_symlink("/etc/passwd", temp.path() / (first_id + ".raw"));
    fs::create_directory(temp.path() / (second_id + ".raw"));
    BOOST_TEST(files.list().empty());
    BOOST_TEST(!files.find(first_id).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_uuid_is_never_looked_for) {
    file("x.raw");
    BOOST_TEST(!files.find("x").has_value());
    BOOST_TEST(!files.find("../x").has_value());
    files.remove("x");
    BOOST_TEST(fs::exists(temp.path() / "x.raw"));
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_seen_is_not_an_empty_one) {
    const VolumeFiles gone(temp.path() / "gone");
    BOOST_CHECK_EXCEPTION(gone.list(), Error, fault_is(Fault::unavailable));
    BOOST_CHECK_EXCEPTION(gone.find(first_id), Error, fault_is(Fault::unavailable));
    BOOST_CHECK_EXCEPTION(gone.available(), Error, fault_is(Fault::unavailable));
}

BOOST_AUTO_TEST_CASE(removing_twice_is_fine) {
    file(first_id + ".raw");
    file(second_id + ".raw");
    for (int time = 0; time < 2; ++time) files.remove(first_id);
    BOOST_TEST(names() == std::vector{second_id + ".raw"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(makes_its_directory_with_all_above_it_to_pass_but_not_to_list) {
    const VolumeFiles deep(temp.path() / "a" / "b");
    for (int time = 0; time < 2; ++time) deep.make_directory();
    for (const auto& path : {temp.path() / "a", temp.path() / "a" / "b"}) BOOST_TEST(mode_of(path) == 0711U);
}

BOOST_AUTO_TEST_CASE(no_directory_is_made_below_a_file) {
    const VolumeFiles below(file("a") / "b");
    BOOST_CHECK_EXCEPTION(below.make_directory(), Error, fault_is(Fault::unavailable));
}

// ---- while it is being filled

BOOST_AUTO_TEST_CASE(a_part_is_no_volume_until_it_is_published) {
    PartFile part(temp.path(), first_id);
    BOOST_TEST(::write(part.descriptor(), "x", 1) == 1);
    BOOST_TEST(!files.find(first_id).has_value());
    part.publish(first_id + ".raw");
    BOOST_TEST(files.find(first_id).value().bytes == 1U);
}

BOOST_AUTO_TEST_CASE(a_published_part_leaves_only_the_volume_which_others_cannot_read) {
    PartFile(temp.path(), first_id).publish(first_id + ".raw");
    BOOST_TEST(names() == std::vector{first_id + ".raw"}, boost::test_tools::per_element());
    BOOST_TEST(mode_of(temp.path() / (first_id + ".raw")) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_part_that_is_not_published_leaves_nothing) {
    { PartFile part(temp.path(), first_id); }
    BOOST_TEST(names().empty());
}

BOOST_AUTO_TEST_CASE(publishing_never_replaces_a_volume) {
    file(first_id + ".raw", "precious");
    BOOST_CHECK_EXCEPTION(PartFile(temp.path(), first_id).publish(first_id + ".raw"), Error,
                          fault_is(Fault::conflict));
    BOOST_TEST(content_of(temp.path() / (first_id + ".raw")) == "precious");
}

BOOST_AUTO_TEST_CASE(a_volume_is_filled_by_one_at_a_time) {
    const PartFile part(temp.path(), first_id);
    BOOST_CHECK_EXCEPTION(PartFile(temp.path(), first_id), Error, fault_is(Fault::conflict));
    BOOST_TEST(names().size() == 1U);
}

BOOST_AUTO_TEST_CASE(removes_what_a_crash_has_left_but_not_what_somebody_fills) {
    file("." + first_id + ".part", "left");
    const PartFile part(temp.path(), second_id);
    file(".other.part");
    files.remove_stale_parts();
    const std::vector<std::string> expected{"." + second_id + ".part", ".other.part"};
    BOOST_TEST(names() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
