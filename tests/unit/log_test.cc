#define BOOST_TEST_DYN_LINK
#include "agent/base/handle.hh"
#include "agent/base/log.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace {

// What `write` puts on stderr, which is a pipe meanwhile.
template <class F> std::string captured(F write) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    const Descriptor read(ends[0]), own(::dup(STDERR_FILENO));
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
    write();
    ::dup2(own.get(), STDERR_FILENO);
    std::string answer(10'000, '\0');
    const auto got = ::read(read.get(), answer.data(), answer.size());
    answer.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return answer;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(begin_with_the_level_as_systemd_reads_it) {
    BOOST_TEST(captured([] { logging::error("no {}", "disk"); }) == "<3>no disk\n");
    BOOST_TEST(captured([] { logging::warning("w"); }) == "<4>w\n");
    BOOST_TEST(captured([] { logging::info("i"); }) == "<6>i\n");
}

BOOST_AUTO_TEST_CASE(stay_away_below_the_threshold) {
    BOOST_TEST(captured([] { logging::debug("d"); }) == "");
    logging::set_threshold(logging::Level::debug);
    const auto shown = captured([] { logging::debug("d"); });
    logging::set_threshold(logging::Level::error);
    const auto hidden = captured([] { logging::warning("w"); });
    logging::set_threshold(logging::Level::info);
    BOOST_TEST(shown == "<7>d\n");
    BOOST_TEST(hidden == "");
}

BOOST_AUTO_TEST_CASE(leave_together_from_a_batch_when_asked_or_when_there_are_many) {
    const auto shown = captured([] {
        logging::Batch batch;
        batch.add(logging::Level::info, "one", {});
        batch.add(logging::Level::debug, "hidden", {});
        BOOST_TEST(captured([&] { batch.add(logging::Level::warning, "two\n", {}); }) == "");
        BOOST_TEST(captured([&] { batch.flush(); }) == "<6>one\n<4>two\\x0a\n");
        BOOST_TEST(captured([&] { batch.flush(); }) == "");
        for (int i = 0; i < 50; ++i) batch.add(logging::Level::info, std::string(100, 'x'), {});
    });
    BOOST_TEST(std::ranges::count(shown, '\n') == 50);
}

BOOST_AUTO_TEST_CASE(stay_one_line_whatever_is_logged) {
    BOOST_TEST(captured([] { logging::info("a\n<3>forged\x1b[2J"); }) == "<6>a\\x0a<3>forged\\x1b[2J\n");
    const auto long_line = captured([] { logging::info("{}", std::string(9'000, 'x')); });
    BOOST_TEST(long_line.size() <= 4096u);
    BOOST_TEST(long_line.ends_with("...\n"));
}

BOOST_AUTO_TEST_SUITE_END()
