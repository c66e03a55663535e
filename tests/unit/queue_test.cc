#define BOOST_TEST_DYN_LINK
#include "agent/state/queue.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

using namespace state;
using namespace std::chrono_literals;
using Weight = OperationKind::Weight;

namespace {

OperationKind kind_of(Weight weight, bool at_once = false, bool gives_way = false) {
    OperationKind kind;
    kind.weight = weight;
    kind.at_once = at_once;
    kind.gives_way = gives_way;
    return kind;
}

struct Fixture {
    const OperationKind light = kind_of(Weight::light), soft = kind_of(Weight::light, false, true),
                        urgent = kind_of(Weight::urgent, true);
    Queue queue;
    unsigned entered = 0;

    Live& enter(const Uuid& target, const OperationKind& kind, std::vector<Uuid> after = {}) {
        Operation operation;
        operation.id = std::to_string(++entered);
        operation.target = target;
        Work work;
        work.after = std::move(after);
        return queue.enter(std::move(operation), kind, std::move(work));
    }
    Live& add(const Uuid& target, const OperationKind& kind, std::vector<Uuid> after = {}) {
        auto& live = enter(target, kind, std::move(after));
        queue.plan(live);
        return live;
    }
    Live& add(const Uuid& target) { return add(target, light); }
};

// The rules said as they are read, looking at everything: what the queue must agree with.
bool is_blocked(const Queue& queue, const Live& live) {
    for (const auto& earlier : queue.all()) {
        if (&earlier == &live) return false;
        if (earlier.cancelled && !earlier.running) continue;
        if (live.kind->at_once && earlier.cancelled && earlier.kind->gives_way) continue;
        if (earlier.operation.target == live.operation.target ||
            std::ranges::find(live.work.after, earlier.operation.target) != live.work.after.end())
            return true;
    }
    return false;
}

bool may_go_on(const Queue& queue, const Live& live) {
    if (!live.planned) return false;
    if (!live.running) return live.cancelled || !is_blocked(queue, live);
    return live.rests_until &&
           (*live.rests_until <= Live::Steady::now() || live.cancelled != live.rests_cancelled);
}

const Live* first_by_the_rules(const Queue& queue, Weight weight) {
    const auto& all = queue.all();
    const auto found = std::ranges::find_if(
        all, [&](const Live& live) { return live.kind->weight == weight && may_go_on(queue, live); });
    return found == all.end() ? nullptr : &*found;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(queue_of_operations, Fixture)

BOOST_AUTO_TEST_CASE(gives_nothing_before_it_is_planned) {
    auto& live = enter("a", light);
    BOOST_TEST(!queue.first(Weight::light));
    queue.plan(live);
    BOOST_TEST(queue.first(Weight::light) == &live);
    BOOST_TEST(!queue.first(Weight::heavy));
}

BOOST_AUTO_TEST_CASE(gives_the_earliest_of_each_target_and_the_next_one_when_that_has_left) {
    auto& first = add("a");
    auto& second = add("a");
    auto& other = add("b");
    queue.begin(first);
    BOOST_TEST(queue.first(Weight::light) == &other);
    queue.begin(other);
    BOOST_TEST(!queue.first(Weight::light));
    queue.leave(first);
    BOOST_TEST(queue.first(Weight::light) == &second);
}

BOOST_AUTO_TEST_CASE(lets_what_comes_after_another_target_wait_for_it) {
    auto& image = add("image");
    auto& clone = add("clone", light, {"image"});
    queue.begin(image);
    BOOST_TEST(!queue.first(Weight::light));
    auto& later = add("image");
    queue.leave(image);
    BOOST_TEST(queue.first(Weight::light) == &clone);
    queue.begin(clone);
    BOOST_TEST(queue.first(Weight::light) == &later);
}

BOOST_AUTO_TEST_CASE(lets_nobody_wait_behind_what_is_cancelled_before_it_began) {
    auto& first = add("a");
    auto& second = add("a");
    queue.cancel(first);
    queue.begin(second);
    BOOST_TEST(queue.first(Weight::light) == &first); // to take nothing back, and say so
}

BOOST_AUTO_TEST_CASE(lets_what_is_asked_for_at_once_pass_what_is_cancelled_and_gives_way) {
    auto& holder = add("a", soft);
    queue.begin(holder);
    auto& pressing = add("a", urgent);
    BOOST_TEST(!queue.first(Weight::urgent));
    queue.cancel(holder);
    BOOST_TEST(queue.first(Weight::urgent) == &pressing);
    BOOST_TEST(queue.runs_beside_earlier(pressing));
}

BOOST_AUTO_TEST_CASE(gives_what_rests_when_its_time_has_come_or_it_is_cancelled) {
    auto& live = add("a");
    const auto now = Live::Steady::now();
    queue.begin(live);
    queue.rest(live, now + 1h);
    BOOST_TEST(!queue.first(Weight::light));
    BOOST_TEST((queue.next_due(Weight::light) == now + 1h));
    queue.cancel(live);
    BOOST_TEST(queue.first(Weight::light) == &live);
    queue.begin(live);
    BOOST_TEST(!queue.next_due(Weight::light).has_value());
    queue.rest(live, now);
    BOOST_TEST(queue.first(Weight::light) == &live);
}

BOOST_AUTO_TEST_CASE(agrees_with_its_rules_whatever_happens) {
    const auto seed = std::random_device()();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t bound) { return random() % bound; };
    const OperationKind* kinds[] = {&light, &soft, &urgent};
    const Uuid targets[] = {"a", "b", "c"};
    std::vector<Live*> lives;
    for (int round = 0; round < 20'000; ++round) {
        const auto act = below(8);
        if (lives.empty() || (act < 2 && lives.size() < 12)) {
            const auto after = below(3) == 0 ? std::vector<Uuid>{targets[below(3)]} : std::vector<Uuid>{};
            lives.push_back(&enter(targets[below(3)], *kinds[below(3)], after));
        }
        auto& live = *lives[below(lives.size())];
        auto* first = queue.first(live.kind->weight);
        if (act == 2 && !live.planned) queue.plan(live);
        if (act == 3) queue.cancel(live);
        if (act == 4 && first) queue.begin(*first);
        if (act == 5 && live.running && !live.rests_until)
            queue.rest(live, Live::Steady::now() + (below(2) == 0 ? 1h : -1h));
        if (act >= 6 && (!live.planned || live.running)) {
            queue.leave(live);
            std::erase(lives, &live);
        }
        for (const auto weight : {Weight::light, Weight::urgent})
            BOOST_REQUIRE(queue.first(weight) == first_by_the_rules(queue, weight));
    }
}

// Asked for, begun, tried again and ended, with `others` under way beside it: at how many it looks for that.
std::uint64_t looks_beside(Fixture& world, int others) {
    for (int i = 0; i < others; ++i)
        world.add("target " + std::to_string(i % (others / 2)), world.light, {"image " + std::to_string(i)});
    for (int i = 0; i < others / 4; ++i) world.queue.begin(*world.queue.first(Weight::light));
    const auto before = world.queue.looks();
    auto& live = world.add("mine", world.urgent, {"image of mine"});
    world.queue.begin(*world.queue.first(Weight::urgent));
    world.queue.rest(live, Live::Steady::now());
    world.queue.begin(*world.queue.first(Weight::urgent));
    auto& next = world.add("mine", world.light);
    world.queue.cancel(live);
    world.queue.leave(live);
    world.queue.begin(next);
    world.queue.leave(next);
    return world.queue.looks() - before;
}

BOOST_AUTO_TEST_CASE(looks_at_no_more_of_them_when_5000_are_under_way) {
    Fixture few;
    const auto beside_few = looks_beside(few, 8);
    BOOST_TEST(beside_few > 0U);
    BOOST_TEST(looks_beside(*this, 5000) == beside_few);
    // With one of all of them begun and ended, too, the next in turn is found at once.
    const auto before = queue.looks();
    queue.leave(**queue.on("target 0").begin());
    BOOST_TEST(queue.looks() - before <= 4U);
}

BOOST_AUTO_TEST_SUITE_END()
