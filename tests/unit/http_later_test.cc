// Answers that come later: what wakes them, who is served meanwhile, and how they end without an answer.
#define BOOST_TEST_DYN_LINK
#include "tests/support/eventually.hh"
#include "tests/unit/http_later_desk.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace wire;
using http::Bell;
using std::chrono::milliseconds;
using support::eventually;

BOOST_AUTO_TEST_SUITE(http_later)

BOOST_AUTO_TEST_CASE(answers_when_the_bell_rings_and_not_before) {
    const auto bell = std::make_shared<Bell>();
    LaterOffice office({{"/later", [&] { return later([] { return text("now", 201); }, bell); }}});
    Peer peer(office.endpoint);
    peer.send(get("/later"));
    BOOST_TEST_REQUIRE(eventually([&] { return office.desk.handled == 1; }));
    BOOST_TEST_REQUIRE(office.settles());
    BOOST_TEST(peer.is_quiet());
    bell->ring();
    const auto answer = peer.receive();
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(answer.body == "now");
    for (const auto* name :
         {"Date", "Server", "X-Request-Id", "X-Content-Type-Options", "Cache-Control", "Content-Length"})
        BOOST_TEST(answer.header(name) != "", name);
    BOOST_TEST(peer.ask(get("/")).body == "hello");
}

BOOST_AUTO_TEST_CASE(hears_a_bell_that_rang_before_it_was_parked) {
    const auto bell = std::make_shared<Bell>();
    LaterOffice office({{"/later", [&] {
                             bell->ring();
                             return later([] { return text("now"); }, bell);
                         }}});
    BOOST_TEST(Peer(office.endpoint).ask(get("/later")).body == "now");
}

BOOST_AUTO_TEST_CASE(answers_when_the_patience_is_over) {
    const auto bell = std::make_shared<Bell>(); // nobody rings it
    const auto late = [] { return text("late"); };
    LaterOffice office({{"/silent", [&] { return later(late, bell, milliseconds(20)); }},
                        {"/without", [&] { return later(late, nullptr, milliseconds(20)); }},
                        {"/at-once", [&] { return later(late, nullptr, milliseconds(-1)); }}});
    for (const auto* path : {"/silent", "/without", "/at-once"})
        BOOST_TEST(Peer(office.endpoint).ask(get(path)).body == "late");
}

BOOST_AUTO_TEST_CASE(loses_patience_in_the_order_of_patience) {
    const auto handler = [](milliseconds patience) {
        return [patience] { return later([] { return text("late"); }, nullptr, patience); };
    };
    LaterOffice office({{"/endless", handler(milliseconds::max())},
                        {"/long", handler(very_long)},
                        {"/short", handler(milliseconds(20))}});
    Peer first(office.endpoint), second(office.endpoint), third(office.endpoint);
    first.send(get("/endless"));
    second.send(get("/long"));
    BOOST_TEST_REQUIRE(eventually([&] { return office.desk.handled == 2; }));
    BOOST_TEST(third.ask(get("/short")).body == "late");
    BOOST_TEST(first.is_quiet());
    BOOST_TEST(second.is_quiet());
}

BOOST_AUTO_TEST_CASE(goes_on_as_often_as_it_is_put_off) {
    const auto bell = std::make_shared<Bell>();
    int rounds = 0;
    // Rings while it goes on: heard as soon as it is parked again.
    const std::function<http::Response()> again = [&] {
        bell->ring();
        return ++rounds < 5 ? later(again, bell) : text(std::to_string(rounds));
    };
    LaterOffice office({{"/later", [&] { return later(again, bell); }}});
    Peer peer(office.endpoint);
    peer.send(get("/later"));
    bell->ring();
    BOOST_TEST(peer.receive().body == "5");
}

BOOST_AUTO_TEST_CASE(serves_others_at_once_beside_two_hundred_that_wait) {
    std::vector<std::shared_ptr<Bell>> bells(200);
    for (auto& bell : bells) bell = std::make_shared<Bell>();
    std::atomic<std::size_t> next = 0;
    http::Limits limits;
    limits.workers = 2;
    LaterOffice office({{"/later", [&] { return later([] { return text("now"); }, bells.at(next++)); }}},
                       limits);
    std::vector<std::unique_ptr<Peer>> waiting;
    for (std::size_t i = 0; i < bells.size(); ++i) {
        waiting.push_back(std::make_unique<Peer>(office.endpoint));
        waiting.back()->send(get("/later"));
    }
    BOOST_TEST_REQUIRE(eventually([&] { return next == bells.size(); }));
    Peer other(office.endpoint);
    for (int i = 0; i < 100; ++i) BOOST_TEST(other.ask(get("/")).body == "hello");
    for (const auto& peer : waiting) BOOST_TEST(peer->is_quiet());
    for (const auto& bell : bells) bell->ring();
    for (const auto& peer : waiting) BOOST_TEST(peer->receive().body == "now");
}

BOOST_AUTO_TEST_CASE(turns_none_away_that_go_on_while_all_workers_are_busy) {
    std::vector<std::shared_ptr<Bell>> bells(20);
    for (auto& bell : bells) bell = std::make_shared<Bell>();
    std::size_t next = 0;
    std::promise<void> gate;
    const auto open = gate.get_future().share();
    std::promise<void> entered;
    auto limits = LaterOffice::one_worker();
    limits.queued = 1;
    LaterOffice office({{"/later", [&] { return later([] { return text("now"); }, bells.at(next++)); }},
                        {"/wait",
                         [&] {
                             entered.set_value();
                             open.wait();
                             return text("waited");
                         }}},
                       limits);
    std::vector<std::unique_ptr<Peer>> waiting;
    for (std::size_t i = 0; i < bells.size(); ++i) {
        waiting.push_back(std::make_unique<Peer>(office.endpoint));
        waiting.back()->send(get("/later"));
        BOOST_TEST_REQUIRE(eventually([&] { return office.desk.handled == i + 1; }));
    }
    Peer busy(office.endpoint);
    busy.send(get("/wait"));
    entered.get_future().wait();
    for (const auto& bell : bells) bell->ring();
    BOOST_TEST(office.server.beats(std::chrono::seconds(10)));
    BOOST_TEST(office.server.beats(std::chrono::seconds(10)));
    for (const auto& peer : waiting) BOOST_TEST(peer->is_quiet());
    gate.set_value();
    for (const auto& peer : waiting) BOOST_TEST(peer->receive().body == "now");
}

BOOST_DATA_TEST_CASE(lets_go_of_an_answer_whose_peer_leaves, boost::unit_test::data::make({false, true}),
                     with_reset) {
    const auto bell = std::make_shared<Bell>();
    std::weak_ptr<http::Later> held;
    LaterOffice office({{"/later", [&] {
                             auto response = later([] { return text("now"); }, bell);
                             held = response.later;
                             return response;
                         }}});
    Peer peer(office.endpoint);
    peer.send(get("/later"));
    BOOST_TEST_REQUIRE(eventually([&] { return office.desk.handled == 1; }));
    BOOST_TEST_REQUIRE(office.settles());
    BOOST_TEST(!held.expired());
    if (with_reset)
        peer.vanish();
    else
        peer.end_sending();
    BOOST_TEST(eventually([&] { return held.expired(); }));
    bell->ring();
    BOOST_TEST(office.settles());
}

BOOST_AUTO_TEST_CASE(answers_what_was_pipelined_behind_it) {
    const auto bell = std::make_shared<Bell>();
    LaterOffice office({{"/later", [&] { return later([] { return text("now"); }, bell); }}});
    Peer peer(office.endpoint);
    peer.send(get("/later") + get("/"));
    BOOST_TEST_REQUIRE(eventually([&] { return office.desk.handled == 1; }));
    BOOST_TEST_REQUIRE(office.settles());
    for (int i = 0; i < 100; ++i) peer.send(get("/", "X: " + std::string(1000, 'x') + "\r\n"));
    bell->ring();
    BOOST_TEST(peer.receive().body == "now");
    for (int i = 0; i < 101; ++i) BOOST_TEST(peer.receive().body == "hello");
}

BOOST_AUTO_TEST_CASE(makes_a_500_of_an_exception_when_it_goes_on) {
    LaterOffice office({{"/throw",
                         [] {
                             return later([]() -> http::Response { throw std::runtime_error("a secret"); },
                                          nullptr, milliseconds(1));
                         }},
                        {"/nothing", [] { return later(nullptr, nullptr, milliseconds(1)); }}});
    Peer peer(office.endpoint);
    for (const auto* path : {"/throw", "/nothing"}) {
        const auto answer = peer.ask(get(path));
        BOOST_TEST(answer.status == 500);
        BOOST_TEST(answer.body == "internal error");
    }
}

BOOST_AUTO_TEST_CASE(answers_head_and_1_0_as_at_once) {
    LaterOffice office(
        {{"/later", [] { return later([] { return text("late"); }, nullptr, milliseconds(1)); }}});
    Peer peer(office.endpoint);
    peer.send("HEAD /later HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(peer.receive(true).header("Content-Length") == "4");
    BOOST_TEST(peer.ask("GET /later HTTP/1.0\r\n\r\n").body == "late");
    BOOST_TEST(peer.is_closed());
}

BOOST_AUTO_TEST_CASE(turns_away_more_than_the_limit_and_none_after_that) {
    const auto bell = std::make_shared<Bell>();
    auto limits = LaterOffice::one_worker();
    limits.streams = 1;
    LaterOffice office({{"/later", [&] { return later([] { return text("now"); }, bell); }},
                        {"/pieces",
                         [] {
                             return piece(
                                 "1", [] { return text("2"); }, nullptr, milliseconds(1));
                         }}},
                       limits);
    Peer peer(office.endpoint);
    peer.send(get("/later"));
    BOOST_TEST_REQUIRE(eventually([&] { return office.desk.handled == 1; }));
    BOOST_TEST_REQUIRE(office.settles());
    for (const auto* path : {"/later", "/pieces"}) {
        const auto refused = Peer(office.endpoint).ask(get(path));
        BOOST_TEST(refused.status == 503);
        BOOST_TEST(refused.body == "too many requests wait for something");
        BOOST_TEST(refused.header("Retry-After") != "");
    }
    bell->ring();
    BOOST_TEST(peer.receive().body == "now");
    BOOST_TEST_REQUIRE(office.settles());
    BOOST_TEST(Peer(office.endpoint).ask(get("/pieces")).status == 200);
}

BOOST_AUTO_TEST_CASE(says_that_the_agent_ends_when_it_stops) {
    const auto bell = std::make_shared<Bell>();
    std::weak_ptr<http::Later> held;
    LaterOffice office({{"/later", [&] {
                             auto response = later([] { return text("now"); }, bell);
                             held = response.later;
                             return response;
                         }}});
    Peer peer(office.endpoint);
    peer.send(get("/later"));
    BOOST_TEST_REQUIRE(eventually([&] { return office.desk.handled == 1; }));
    BOOST_TEST_REQUIRE(office.settles());
    auto stopped = std::async(std::launch::async, [&] { office.server.stop(std::chrono::seconds(20)); });
    const auto answer = peer.receive();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.body == "the agent is ending");
    BOOST_TEST(answer.header("Connection") == "close");
    BOOST_TEST(peer.is_closed());
    peer.vanish();
    stopped.get();
    BOOST_TEST(held.expired());
    bell->ring();
}

BOOST_DATA_TEST_CASE(puts_nothing_off_while_it_stops, boost::unit_test::data::make({false, true}),
                     in_pieces) {
    std::promise<void> gate;
    const auto open = gate.get_future().share();
    std::promise<void> entered;
    const auto now = [] { return text("now"); };
    LaterOffice office({{"/later", [&] {
                             entered.set_value();
                             open.wait();
                             return in_pieces ? piece("a", now, nullptr) : later(now, nullptr);
                         }}});
    Peer idle(office.endpoint), peer(office.endpoint);
    peer.send(get("/later"));
    entered.get_future().wait();
    auto stopped = std::async(std::launch::async, [&] { office.server.stop(std::chrono::seconds(20)); });
    BOOST_TEST(idle.is_closed()); // so it has begun to stop
    gate.set_value();
    const auto answer = peer.receive();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.body == "the agent is ending");
    peer.vanish();
    stopped.get();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_server_beats)

BOOST_AUTO_TEST_CASE(while_it_runs_and_not_once_it_is_stopped) {
    LaterOffice office({});
    BOOST_TEST(office.server.beats(std::chrono::seconds(10)));
    office.server.stop();
    BOOST_TEST(!office.server.beats(milliseconds(20)));
}

BOOST_AUTO_TEST_CASE(not_while_something_holds_it) {
    std::promise<void> gate;
    const auto open = gate.get_future().share();
    std::promise<void> entered;
    LaterOffice office({});
    office.desk.on_refuse = [&] {
        entered.set_value();
        open.wait();
    };
    Peer peer(office.endpoint);
    peer.send("no request\r\n\r\n"); // refused on the connections' thread
    entered.get_future().wait();
    BOOST_TEST(!office.server.beats(milliseconds(20)));
    gate.set_value();
    BOOST_TEST(office.server.beats(std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_SUITE_END()
