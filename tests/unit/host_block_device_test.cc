#define BOOST_TEST_DYN_LINK
#include "drivers/host/block_device.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sys/sysmacros.h>

BOOST_AUTO_TEST_SUITE(host_block_device)

BOOST_AUTO_TEST_CASE(a_device_leads_to_the_files_that_it_is_made_of) {
    support::TempFolder sys;
    const auto block = sys.path() / "dev/block", loop = sys.path() / "loop0", mapped = sys.path() / "dm-0";
    std::filesystem::create_directories(block);
    std::filesystem::create_directories(loop / "loop");
    std::filesystem::create_directories(loop / "loop0p1");
    std::filesystem::create_directories(mapped / "slaves");
    std::ofstream(loop / "loop/backing_file") << "/pool/a file (deleted)\n";
    std::filesystem::create_directory_symlink(loop / "loop0p1", mapped / "slaves/loop0p1");
    std::filesystem::create_directory_symlink(loop, block / "7:0");
    std::filesystem::create_directory_symlink(loop / "loop0p1", block / "259:1");
    std::filesystem::create_directory_symlink(mapped, block / "253:0");
    for (const auto device : {makedev(7, 0), makedev(259, 1), makedev(253, 0)}) {
        const auto files = hv::host::files_of_device(device, sys.path());
        BOOST_TEST_REQUIRE(files.size() == 1U);
        BOOST_TEST(files.front() == "/pool/a file");
    }
    BOOST_TEST(hv::host::files_of_device(makedev(8, 0), sys.path()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
