#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "drivers/pool/notes.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sys/stat.h>

namespace fs = std::filesystem;
using enum hv::Notes::Durable;

namespace {

const Uuid first = "6695eb01-0000-4000-8000-000000000001", second = "6695eb01-0000-4000-8000-000000000002";

struct Fixture {
    support::TempFolder folder;
    hv::pool::Notes notes{folder.path()};
    fs::path file = folder.path() / (first + ".note");
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pool_notes, Fixture)

BOOST_AUTO_TEST_CASE(keeps_replaces_and_drops) {
    notes.keep(first, "<a/>", yes);
    notes.keep(second, "<b/>", no);
    notes.keep(first, "<c/>", yes);
    BOOST_TEST((notes.list() == std::map<Uuid, std::string>{{first, "<c/>"}, {second, "<b/>"}}));
    notes.drop(first);
    notes.drop(first);
    BOOST_TEST(notes.list().size() == 1U);
}

BOOST_AUTO_TEST_CASE(is_for_its_owner_alone_whatever_the_umask) {
    for (const mode_t mask : {0U, 077U, 0777U}) {
        const auto before = ::umask(mask);
        notes.keep(first, "<a/>", yes);
        ::umask(before);
        struct stat is {};
        BOOST_REQUIRE_EQUAL(::stat(file.c_str(), &is), 0);
        BOOST_TEST((is.st_mode & 07777U) == 0600U);
    }
}

BOOST_AUTO_TEST_CASE(reads_nothing_that_somebody_else_may_have_written) {
    const auto target = folder.path() / "target";
    std::ofstream(target) << "<secret/>";
    fs::create_symlink(target, file);
    BOOST_TEST(notes.list().empty());
    fs::remove(file);
    ::mkfifo(file.c_str(), 0600);
    BOOST_TEST(notes.list().empty());
    fs::remove(file);
    std::ofstream(file) << "<a/>";
    ::chmod(file.c_str(), 0666);
    BOOST_TEST(notes.list().empty());
    ::chmod(file.c_str(), 0600);
    BOOST_TEST(notes.list().size() == 1U);
    std::ofstream(file) << std::string(100'000, 'x');
    BOOST_TEST(notes.list().empty());
    std::ofstream(folder.path() / "note.note") << "<a/>";
    BOOST_TEST(notes.list().empty());
}

BOOST_AUTO_TEST_CASE(removes_what_a_run_that_was_killed_has_begun) {
    const auto part = folder.path() / ("." + first + ".note.part"),
               other = folder.path() / ".other.note.part";
    for (const auto& begun : {part, other}) std::ofstream(begun) << "<a";
    BOOST_TEST(notes.list().empty());
    BOOST_TEST(!fs::exists(part));
    BOOST_TEST(fs::exists(other));
}

BOOST_AUTO_TEST_CASE(writes_through_no_link) {
    const auto target = folder.path() / "target";
    std::ofstream(target) << "precious";
    fs::create_symlink(target, file);
    fs::create_symlink(target, folder.path() / ("." + first + ".note.part"));
    notes.keep(first, "<a/>", yes);
    BOOST_TEST(fs::file_size(target) == 8U);
    BOOST_TEST(!fs::is_symlink(file));
    BOOST_CHECK_THROW(notes.keep("../x", "<a/>", yes), Error);
}

BOOST_AUTO_TEST_SUITE_END()
