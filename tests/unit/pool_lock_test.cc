#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "drivers/pool/pool_lock.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

using namespace hv::pool;

namespace {

const Uuid one = "a0000000-0000-4000-8000-000000000001", other = "b0000000-0000-4000-8000-000000000002";

bool is_refused(const PoolLock& lock) {
    try {
        lock.check();
        return false;
    } catch (const Error& failure) {
        return failure.fault() == Fault::unavailable;
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(pool_lock)

// issue 11, 12
BOOST_AUTO_TEST_CASE(the_first_agent_has_the_pool_and_a_second_one_is_told_so) {
    support::TempFolder folder;
    const auto pool = folder.path() / "pool";
    {
        PoolLock first(pool);
        BOOST_TEST(is_refused(first));
        BOOST_TEST(first.settle(one).agent == one);
        BOOST_TEST(!is_refused(first));
        PoolLock second(pool);
        const auto standing = second.settle("");
        BOOST_TEST(standing.agent != one);
        BOOST_TEST(standing.why_not.find(one) != std::string::npos);
        BOOST_TEST(is_refused(second));
        BOOST_TEST(!second.settle(one).why_not.empty()); // also one with the same state
    }
    BOOST_TEST(PoolLock(pool).settle(one).why_not.empty());    // again after its end
    BOOST_TEST(!PoolLock(pool).settle(other).why_not.empty()); // and another one not
    BOOST_TEST(PoolLock(pool).settle("").agent == one);        // its store was lost
    struct stat seen {};
    BOOST_TEST(::stat((pool / ".occi-agent/lock").c_str(), &seen) == 0);
    BOOST_TEST((seen.st_mode & 0777) == 0600U);
    BOOST_TEST(::stat((pool / ".occi-agent").c_str(), &seen) == 0);
    BOOST_TEST((seen.st_mode & 0777) == 0700U);
}

BOOST_AUTO_TEST_CASE(an_id_that_is_not_whole_is_none) {
    support::TempFolder folder;
    std::filesystem::create_directories(folder.path() / ".occi-agent");
    std::ofstream(folder.path() / ".occi-agent/id") << "a0000";
    BOOST_TEST(PoolLock(folder.path()).settle(one).why_not.empty());
    BOOST_TEST(PoolLock(folder.path()).settle("").agent == one);
}

BOOST_AUTO_TEST_SUITE_END()
