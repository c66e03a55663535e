#define BOOST_TEST_DYN_LINK
#include "agent/base/crew.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <future>
#include <thread>

using namespace std::chrono_literals;

namespace {

std::thread::id run_in(Crew& crew) {
    std::promise<std::thread::id> at_work;
    auto by = at_work.get_future();
    crew.run([&] { at_work.set_value(std::this_thread::get_id()); });
    return by.get();
}

} // namespace

BOOST_AUTO_TEST_SUITE(crew)

BOOST_AUTO_TEST_CASE(keeps_a_thread_for_the_next_errand) {
    Crew crew("test");
    const auto first = run_in(crew);
    BOOST_REQUIRE(support::eventually([&] { return crew.idle() == 1; }));
    BOOST_TEST((run_in(crew) == first));
}

BOOST_AUTO_TEST_CASE(lets_a_thread_go_that_nobody_has_needed_and_has_another_when_one_is_needed) {
    Crew crew("test", 1ms);
    run_in(crew);
    BOOST_TEST(support::eventually([&] { return crew.idle() == 0; }));
    run_in(crew);
}

BOOST_AUTO_TEST_CASE(goes_without_those_at_work) {
    std::promise<void> go;
    auto gone = go.get_future().share();
    auto done = std::make_shared<std::promise<void>>();
    auto is_done = done->get_future();
    {
        Crew crew("test");
        crew.run([gone, done] {
            gone.wait();
            done->set_value();
        });
    }
    go.set_value();
    BOOST_TEST((is_done.wait_for(std::chrono::seconds(30)) == std::future_status::ready));
}

BOOST_AUTO_TEST_SUITE_END()
