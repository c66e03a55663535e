#define BOOST_TEST_DYN_LINK
#include "agent/state/answers.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <optional>
#include <thread>

using namespace state;
using enum Answers::Claim;

namespace {

struct Fixture {
    support::TempFolder folder;
    std::optional<Database> database{folder.path()};
    std::optional<Answers> answers{*database};

    bool claims(Answers::Claim wanted, const std::string& digest = "d") {
        return answers->claim("key", digest).claim == wanted;
    }
    void reopen() {
        answers.reset();
        database.reset();
        database.emplace(folder.path());
        answers.emplace(*database);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(answers, Fixture)

BOOST_AUTO_TEST_CASE(give_a_key_to_the_first_of_many_at_the_same_moment) {
    std::atomic<int> got = 0, others = 0;
    {
        std::vector<std::jthread> crowd;
        for (int i = 0; i < 50; ++i) crowd.emplace_back([&] { ++(claims(taken) ? got : others); });
    }
    BOOST_TEST(got == 1);
    BOOST_TEST(others == 49);
}

BOOST_AUTO_TEST_CASE(give_the_first_answer_again_also_after_a_restart) {
    BOOST_TEST(claims(taken));
    answers->finish("key", {201, "Location: /x\n", "text/plain", "made"});
    reopen();
    const auto again = answers->claim("key", "d");
    BOOST_TEST((again.claim == finished));
    BOOST_TEST(again.answer.status == 201);
    BOOST_TEST(again.answer.headers == "Location: /x\n");
    BOOST_TEST(again.answer.body == "made");
    BOOST_TEST(claims(different, "another"));
}

BOOST_AUTO_TEST_CASE(tell_what_a_killed_agent_had_begun) {
    BOOST_TEST(claims(taken));
    BOOST_TEST(claims(pending));
    reopen();
    BOOST_TEST(claims(different, "another"));
    BOOST_TEST(claims(orphaned));
    BOOST_TEST(claims(pending));
}

BOOST_AUTO_TEST_CASE(free_a_key_that_was_released) {
    BOOST_TEST(claims(taken));
    int calls = 0;
    answers->call_once("key", [&] { ++calls; });
    answers->forget(answers->call_once("key", [&] { calls += 100; }));
    answers->release("key");
    BOOST_TEST(calls == 1);
    BOOST_TEST(claims(taken, "another"));
    answers->call_once("other", [&] { ++calls; });
    BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_SUITE_END()
