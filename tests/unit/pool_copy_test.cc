#define BOOST_TEST_DYN_LINK
#include "drivers/pool/copy.hh"
#include "tests/unit/pool_folder.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

namespace bdata = boost::unit_test::data;
using namespace pool_folder;

namespace {

struct Pair : Folder {
    fs::path original = file("original");
    fs::path copy = file("copy");

    void write_original(const std::string& data, std::uint64_t at = 0) const {
        const auto out = open_file(original);
        BOOST_REQUIRE(::pwrite(out.get(), data.data(), data.size(), static_cast<off_t>(at)) ==
                      static_cast<ssize_t>(data.size()));
    }
    void run(std::uint64_t bytes, const std::function<void(std::uint64_t)>& progress = nobody_looks,
             std::stop_token stop = {}) const {
        copy_sparse(open_file(original, O_RDONLY).get(), open_file(copy).get(), bytes, progress, stop);
    }
};

std::uint64_t blocks_of(const fs::path& path) {
    struct stat is {};
    BOOST_REQUIRE(::stat(path.c_str(), &is) == 0);
    return static_cast<std::uint64_t>(is.st_blocks) * 512;
}

struct Shape {
    std::string_view name;
    std::uint64_t data_at;
    std::uint64_t data;
    std::uint64_t bytes;
};
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.name; }

constexpr std::array shapes{
    Shape{"empty", 0, 0, 0},
    Shape{"one byte", 0, 1, 1},
    Shape{"all data", 0, 9 * mebibyte + 17, 9 * mebibyte + 17},
    Shape{"all hole", 0, 0, 9 * mebibyte},
    Shape{"a hole first", 6 * mebibyte, mebibyte, 7 * mebibyte},
    Shape{"a hole last", 0, mebibyte, 20 * mebibyte + 3},
    Shape{"a hole on both ends", 5 * mebibyte, 100, 11 * mebibyte},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pool_copy, Pair)

BOOST_DATA_TEST_CASE(has_the_same_bytes_and_no_more_blocks, bdata::make(shapes), shape) {
    std::string data(shape.data, 'd');
    for (std::size_t i = 0; i < data.size(); i += 1000) data[i] = static_cast<char>(i / 1000);
    write_original(data, shape.data_at);
    fs::resize_file(original, shape.bytes);
    run(shape.bytes);
    BOOST_TEST(fs::file_size(copy) == shape.bytes);
    BOOST_TEST((content_of(copy) == content_of(original)));
    BOOST_TEST(blocks_of(copy) <= blocks_of(original) + 64 * 1024);
}

BOOST_AUTO_TEST_CASE(tells_rising_numbers_from_nothing_to_all) {
    write_original(std::string(10 * mebibyte, 'x'));
    std::vector<std::uint64_t> told;
    run(10 * mebibyte, [&](std::uint64_t bytes) { told.push_back(bytes); });
    BOOST_TEST(told.front() == 0U);
    BOOST_TEST(told.back() == 10 * mebibyte);
    BOOST_TEST(std::ranges::is_sorted(told));
}

BOOST_AUTO_TEST_CASE(ends_soon_after_it_is_stopped) {
    write_original(std::string(12 * mebibyte, 'x'));
    std::stop_source stop;
    std::uint64_t last = 0;
    const auto stop_at_once = [&](std::uint64_t bytes) {
        last = bytes;
        stop.request_stop();
    };
    BOOST_CHECK_EXCEPTION(run(12 * mebibyte, stop_at_once, stop.get_token()), Error,
                          fault_is(Fault::conflict));
    BOOST_TEST(last == 0U);
}

BOOST_DATA_TEST_CASE(fails_when_the_original_has_become_shorter,
                     bdata::make({std::uint64_t{0}, std::uint64_t{3 * mebibyte}}), left) {
    write_original(std::string(4 * mebibyte, 'x'));
    const auto shorten = [&](std::uint64_t done) {
        if (done == 0) fs::resize_file(original, left);
    };
    BOOST_CHECK_EXCEPTION(run(4 * mebibyte, shorten), Error, fault_is(Fault::conflict));
}

BOOST_AUTO_TEST_CASE(fails_when_a_hole_at_the_end_has_gone) {
    write_original("x");
    BOOST_CHECK_EXCEPTION(run(mebibyte), Error, fault_is(Fault::conflict));
}

BOOST_AUTO_TEST_CASE(takes_no_more_than_there_was_at_the_start) {
    write_original(std::string(2 * mebibyte, 'x'));
    run(mebibyte);
    BOOST_TEST(fs::file_size(copy) == mebibyte);
}

BOOST_AUTO_TEST_CASE(is_made_by_hand_where_the_kernel_will_not) {
    write_original(std::string(3 * mebibyte, 'x'));
    // copy_file_range refuses to append; write does not mind.
    copy_sparse(open_file(original, O_RDONLY).get(), open_file(copy, O_RDWR | O_APPEND).get(), 3 * mebibyte,
                nobody_looks, {});
    BOOST_TEST((content_of(copy) == content_of(original)));
}

BOOST_AUTO_TEST_CASE(says_that_there_is_no_space_left) {
    write_original("x");
    const auto full = open_file("/dev/full", O_WRONLY);
    BOOST_REQUIRE(static_cast<bool>(full));
    BOOST_CHECK_EXCEPTION(copy_sparse(open_file(original, O_RDONLY).get(), full.get(), 1, nobody_looks, {}),
                          Error, [](const Error& error) {
                              return error.fault() == Fault::unavailable &&
                                     std::string(error.what()).find("no space left") != std::string::npos;
                          });
}

BOOST_AUTO_TEST_SUITE_END()
