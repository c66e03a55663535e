#define BOOST_TEST_DYN_LINK
#include "agent/auth/account_file.hh"
#include "agent/auth/authenticator.hh"
#include "agent/auth/tokens.hh"
#include "agent/base/error.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace auth;
using namespace std::chrono_literals;

namespace {

// What the test decides, and when.
class Teller {
public:
    std::atomic<int> asked = 0;
    std::atomic<std::uint64_t> generation = 1;
    std::optional<Verdict> at_once;
    bool fails = false;

    void answer(const Verdict& verdict) {
        std::vector<Way::Told> all;
        {
            std::lock_guard hold(mutex_);
            all = std::exchange(waiting_, {});
        }
        for (const auto& told : all) told(verdict);
    }
    void keep(Way::Told told) {
        std::lock_guard hold(mutex_);
        waiting_.push_back(std::move(told));
    }

private:
    std::mutex mutex_;
    std::vector<Way::Told> waiting_;
};

class WayOfTest : public Way {
public:
    WayOfTest(Teller& told, std::string scheme) : told_(told), scheme_(std::move(scheme)) {}
    bool is_tried(const Shown& shown) const noexcept override {
        return shown.authorization.starts_with(scheme_);
    }
    std::optional<Verdict> judge(const Shown&, Way::Told told) override {
        ++told_.asked;
        if (told_.fails) throw std::runtime_error("it failed");
        if (!told_.at_once) told_.keep(std::move(told));
        return told_.at_once;
    }
    std::string challenge(bool was_tried) const override { return scheme_ + (was_tried ? " again" : ""); }
    std::uint64_t generation() override { return told_.generation; }

private:
    Teller& told_;
    const std::string scheme_;
};

Verdict good(const std::string& name, std::chrono::milliseconds holds = 1min) {
    return {Principal{name}, "", std::chrono::system_clock::now() + holds};
}

struct Fixture {
    Teller first, second;
    Authenticator authenticator{[this] {
        std::vector<std::unique_ptr<Way>> ways;
        ways.push_back(std::make_unique<WayOfTest>(first, "First"));
        ways.push_back(std::make_unique<WayOfTest>(second, "Second"));
        return ways;
    }()};
    std::atomic<int> told = 0;

    std::optional<Verdict> ask(const std::string& header) {
        Shown shown;
        shown.authorization = header;
        return authenticator.judge(shown, [this](const Verdict&) { ++told; });
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(auth_authenticator, Fixture)

BOOST_AUTO_TEST_CASE(takes_everybody_for_local_where_nothing_is_configured) {
    Authenticator open;
    BOOST_TEST(open.is_open());
    const auto verdict = open.judge({}, [](const Verdict&) {});
    BOOST_TEST_REQUIRE(verdict.has_value());
    BOOST_TEST(verdict->who->name == "local");
    BOOST_TEST((verdict->who->role == Role::administrator));
    BOOST_TEST(open.challenges({}).empty());
}

BOOST_AUTO_TEST_CASE(has_the_first_way_decide_that_was_tried) {
    first.at_once = Verdict{std::nullopt, "no"};
    second.at_once = good("bob");
    BOOST_TEST(ask("Second x")->who->name == "bob");
    BOOST_TEST(first.asked == 0);
    BOOST_TEST(!ask("First x")->who.has_value());
    BOOST_TEST(second.asked == 1);
    const auto nothing = ask("Third x");
    BOOST_TEST_REQUIRE(nothing.has_value());
    BOOST_TEST(!nothing->who.has_value());
    BOOST_TEST(nothing->why == "what it shows is for no way that is configured");
    BOOST_TEST(ask("")->why.empty());
}

BOOST_AUTO_TEST_CASE(names_every_scheme_to_who_was_refused) {
    Shown shown;
    shown.authorization = "Second x";
    const auto challenges = authenticator.challenges(shown);
    BOOST_TEST((challenges == std::vector<std::string>{"First", "Second again"}));
}

BOOST_AUTO_TEST_CASE(remembers_what_was_proven_and_asks_no_way_again) {
    second.at_once = good("bob");
    for (int each = 0; each < 3; ++each) BOOST_TEST(ask("Second x")->who->name == "bob");
    BOOST_TEST(second.asked == 1);
    ask("Second y");
    BOOST_TEST(second.asked == 2);
}

BOOST_AUTO_TEST_CASE(remembers_no_refusal_and_nothing_that_holds_no_more) {
    second.at_once = Verdict{std::nullopt, "no"};
    ask("Second x");
    ask("Second x");
    BOOST_TEST(second.asked == 2);
    second.at_once = good("bob", -1s);
    ask("Second x");
    ask("Second x");
    BOOST_TEST(second.asked == 4);
}

BOOST_AUTO_TEST_CASE(forgets_what_was_proven_when_the_way_has_changed) {
    second.at_once = good("bob");
    ask("Second x");
    ++second.generation;
    second.at_once = Verdict{std::nullopt, "removed"};
    BOOST_TEST(!ask("Second x")->who.has_value());
}

BOOST_AUTO_TEST_CASE(looks_once_at_what_many_show_at_the_same_time) {
    for (int each = 0; each < 5; ++each) BOOST_TEST(!ask("First x").has_value());
    BOOST_TEST(first.asked == 1);
    first.answer(good("alice"));
    BOOST_TEST(told == 5);
    BOOST_TEST(ask("First x")->who->name == "alice");
    BOOST_TEST(first.asked == 1);
}

BOOST_AUTO_TEST_CASE(tells_all_who_wait_that_it_was_refused) {
    ask("First x");
    ask("First x");
    first.answer({std::nullopt, "wrong"});
    BOOST_TEST(told == 2);
    BOOST_TEST(!ask("First x").has_value());
    BOOST_TEST(first.asked == 2);
}

BOOST_AUTO_TEST_CASE(does_not_know_who_it_is_when_a_way_fails) {
    first.fails = true;
    const auto verdict = ask("First x");
    BOOST_TEST_REQUIRE(verdict.has_value());
    BOOST_TEST(!verdict->who.has_value());
    BOOST_TEST(verdict->is_unknown);
    first.fails = false;
    first.at_once = good("alice");
    BOOST_TEST(ask("First x")->who.has_value());
}

BOOST_AUTO_TEST_CASE(takes_what_comes_too_late_for_nothing) {
    auto gone = std::make_unique<Authenticator>([this] {
        std::vector<std::unique_ptr<Way>> ways;
        ways.push_back(std::make_unique<WayOfTest>(first, "First"));
        return ways;
    }());
    Shown shown;
    shown.authorization = "First x";
    BOOST_TEST(!gone->judge(shown, [](const Verdict&) {}).has_value());
    gone.reset();
    first.answer(good("alice"));
}

BOOST_AUTO_TEST_CASE(takes_a_token_as_soon_as_it_is_added_and_not_once_it_is_removed) {
    const support::TempFolder folder;
    const auto file = folder.path() / "tokens";
    const auto token = make_token();
    Authenticator real({.tokens = file});
    const auto is_known = [&] {
        Shown shown;
        shown.token = token.reveal();
        return real.judge(shown, [](const Verdict&) {})->who.has_value();
    };
    BOOST_TEST(!is_known());
    change_account_file(file, AccountKind::token, [&](AccountFile& all) {
        all.put({"bot", hash_of_token(token.reveal())});
    });
    BOOST_TEST(support::eventually(is_known));
    change_account_file(file, AccountKind::token, [](AccountFile& all) { all.remove("bot"); });
    BOOST_TEST(support::eventually([&] { return !is_known(); }));
}

BOOST_AUTO_TEST_CASE(goes_on_with_the_old_ways_when_the_new_ones_are_wrong) {
    const support::TempFolder folder;
    Authenticator real({.tokens = folder.path() / "tokens"});
    BOOST_CHECK_THROW(real.use({.tokens = folder.path()}), Error);
    BOOST_TEST(!real.is_open());
    real.use({});
    BOOST_TEST(real.is_open());
}

BOOST_AUTO_TEST_SUITE_END()
