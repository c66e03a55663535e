#define BOOST_TEST_DYN_LINK
#include "agent/base/answering.hh"
#include "agent/base/disk_lock.hh"
#include "agent/base/error.hh"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;

namespace {

// What a thread that answers others meets: "" when it had the lock.
std::string met_by_who_answers(DiskLock& lock) {
    return std::async(std::launch::async,
                      [&]() -> std::string {
                          answering::mark_this_thread();
                          try {
                              std::lock_guard hold(lock);
                              return "";
                          } catch (const Error& failure) {
                              return failure.fault() == Fault::unavailable ? failure.what() : "another fault";
                          }
                      })
        .get();
}

constexpr auto hangs = "the disk of the agent's own store does not answer: ask again later";

} // namespace

BOOST_AUTO_TEST_SUITE(disk_lock)

BOOST_AUTO_TEST_CASE(is_had_by_one_thread_at_a_time_and_by_that_one_more_than_once) {
    DiskLock lock;
    lock.lock();
    lock.lock();
    lock.unlock();
    BOOST_TEST(!std::async(std::launch::async, [&] { return lock.try_lock(); }).get());
    lock.unlock();
    BOOST_TEST(met_by_who_answers(lock) == "");
}

BOOST_AUTO_TEST_CASE(is_not_waited_for_by_who_answers_once_a_holder_has_it_for_too_long) {
    DiskLock lock(20ms);
    std::lock_guard hold(lock);
    BOOST_TEST(met_by_who_answers(lock) == hangs);
    BOOST_TEST(lock.stuck_for().has_value());
}

BOOST_AUTO_TEST_CASE(is_waited_for_as_long_as_it_goes_from_hand_to_hand) {
    DiskLock lock(1h);
    lock.lock();
    std::atomic<bool> had = false;
    std::jthread answers([&] {
        answering::mark_this_thread();
        std::lock_guard hold(lock);
        had = true;
    });
    BOOST_TEST(!lock.stuck_for().has_value());
    BOOST_TEST(!had);
    lock.unlock();
    answers.join();
    BOOST_TEST(had);
}

BOOST_AUTO_TEST_CASE(is_waited_for_by_everybody_else_however_long_it_takes) {
    DiskLock lock(0ms);
    lock.lock();
    std::atomic<bool> had = false;
    std::jthread other([&] {
        std::lock_guard hold(lock);
        had = true;
    });
    BOOST_TEST(met_by_who_answers(lock) == hangs);
    BOOST_TEST(!had);
    lock.unlock();
    other.join();
    BOOST_TEST(had);
}

BOOST_AUTO_TEST_SUITE_END()
