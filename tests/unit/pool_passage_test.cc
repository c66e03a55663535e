#define BOOST_TEST_DYN_LINK
#include "drivers/pool/passage.hh"
#include "tests/unit/pool_folder.hh"

#include <boost/test/unit_test.hpp>

using namespace pool_folder;

BOOST_FIXTURE_TEST_SUITE(pool_passage, pool_folder::Folder)

BOOST_AUTO_TEST_CASE(only_the_user_of_guests_passes_and_only_a_folder_made_for_that) {
    constexpr uid_t somebody = 64055;
    const auto folder = temp.path() / "pool";
    VolumeFiles(folder).make_directory();
    if (!let_only_pass(folder, somebody)) return; // a file system without access lists
    BOOST_TEST(mode_of(folder) == 0710U);
    BOOST_TEST(let_only_pass(folder, somebody), "not a second time");
    fs::permissions(folder, fs::perms(0755));
    BOOST_TEST(!let_only_pass(folder, somebody));
    BOOST_TEST(mode_of(folder) == 0755U);
}

BOOST_AUTO_TEST_SUITE_END()
