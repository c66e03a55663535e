// The one main of every test program. Closes with "N passed, N failed, N skipped"; runs in random order and prints the
// seed.
#define BOOST_TEST_DYN_LINK
#define BOOST_TEST_NO_MAIN
#define BOOST_TEST_ALTERNATIVE_INIT_API
#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

namespace ut = boost::unit_test;

namespace {

struct Tally : ut::test_observer {
    unsigned passed = 0, failed = 0, skipped = 0;
    // Behind the observers of Boost itself (1.74), which must have begun their count first.
    int priority() override { return 4; }
    void test_unit_finish(const ut::test_unit& unit, unsigned long) override {
        if (unit.p_type != ut::TUT_CASE) return;
        const auto& results = ut::results_collector.results(unit.p_id);
        if (results.p_skipped)
            ++skipped;
        else if (results.passed())
            ++passed;
        else
            ++failed;
    }
    void test_unit_skipped(const ut::test_unit& unit, ut::const_string reason) override {
        if (unit.p_type != ut::TUT_CASE) return;
        ++skipped;
        std::printf("skipped: %s: %.*s\n", unit.full_name().c_str(), static_cast<int>(reason.size()),
                    reason.begin());
    }
};

Tally tally;

bool start() {
    ut::framework::register_observer(tally);
    return true;
}

} // namespace

int main(int count, char** words) {
    std::signal(SIGPIPE, SIG_IGN);
    std::vector<std::string> arguments(words, words + count);
    bool shuffled = false;
    for (const auto& argument : arguments) shuffled = shuffled || argument.rfind("--random", 0) == 0;
    if (!shuffled) arguments.push_back("--random=" + std::to_string(::getpid()));
    for (const auto& argument : arguments)
        if (argument.rfind("--random", 0) == 0) std::printf("order: %s\n", argument.c_str());
    std::vector<char*> raw;
    for (auto& argument : arguments) raw.push_back(argument.data());
    raw.push_back(nullptr);
    const int result = ut::unit_test_main(&start, static_cast<int>(raw.size()) - 1, raw.data());
    std::fflush(nullptr);
    std::printf("%u passed, %u failed, %u skipped\n", tally.passed, tally.failed, tally.skipped);
    return result;
}
