// What the server does when there is too much, too slow, or an end to it.
#define BOOST_TEST_DYN_LINK
#include "tests/support/captured_stderr.hh"
#include "tests/support/eventually.hh"
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_peer.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <thread>

using namespace wire;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(http_server_load)

BOOST_AUTO_TEST_CASE(answers_408_to_headers_that_do_not_come) {
    http::Limits limits;
    limits.header_time = milliseconds(50);
    Office office(limits);
    Peer peer(office.endpoint);
    const auto answer = peer.ask("GET / HTTP/1.1\r\nHost:");
    BOOST_TEST(answer.status == 408);
    BOOST_TEST(answer.header("Connection") == "close");
}

BOOST_AUTO_TEST_CASE(counts_the_time_for_headers_from_their_first_byte) {
    http::Limits limits;
    limits.header_time = milliseconds(100);
    Office office(limits);
    Peer peer(office.endpoint);
    // A byte every few milliseconds must not keep the clock from running out.
    peer.send("GET / HTTP/1.1\r\nHost: a\r\n");
    pollfd waiter{peer.descriptor(), POLLIN, 0};
    for (int i = 0; i < 1000 && ::poll(&waiter, 1, 10) == 0; ++i) peer.send("X: y\r\n");
    BOOST_TEST(peer.receive().status == 408);
}

BOOST_AUTO_TEST_CASE(answers_what_is_quick_while_all_workers_are_held) {
    http::Limits limits;
    limits.workers = 1;
    Office office(limits);
    Peer slow(office.endpoint), quick(office.endpoint), other(office.endpoint);
    slow.send(get("/wait"));
    BOOST_TEST_REQUIRE(office.desk.holds(1));
    other.send(get("/hello"));
    BOOST_TEST(quick.ask(get("/quick")).body == "hello");
    BOOST_TEST(quick.ask(get("/quick/throw")).status == 500);
    BOOST_TEST(quick.ask(get("/quick")).body == "hello");
    office.desk.open();
    BOOST_TEST(slow.receive().body == "waited");
    BOOST_TEST(other.receive().body == "hello");
}

BOOST_AUTO_TEST_CASE(answers_what_is_quick_in_its_turn_when_it_is_pipelined) {
    Office office;
    Peer peer(office.endpoint);
    std::string requests;
    for (int i = 0; i < 500; ++i) requests += get("/quick") + get("/method");
    peer.send(requests);
    for (int i = 0; i < 500; ++i) {
        BOOST_TEST_REQUIRE(peer.receive().body == "hello");
        BOOST_TEST_REQUIRE(peer.receive().body == "GET");
    }
}

BOOST_AUTO_TEST_CASE(answers_408_to_a_body_that_does_not_come) {
    http::Limits limits;
    limits.body_time = milliseconds(50);
    Office office(limits);
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab").status == 408);
    BOOST_TEST(office.desk.handled == 0U);
}

BOOST_AUTO_TEST_CASE(answers_408_to_a_body_that_comes_byte_by_byte) {
    http::Limits limits;
    limits.body_time = milliseconds(100);
    limits.body_rate = 1'000'000;
    Office office(limits);
    Peer peer(office.endpoint);
    peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    pollfd waiter{peer.descriptor(), POLLIN, 0};
    for (int i = 0; i < 900 && ::poll(&waiter, 1, 10) == 0; ++i) peer.send("x");
    BOOST_TEST(peer.receive().status == 408);
    BOOST_TEST(office.desk.handled == 0U);
}

BOOST_AUTO_TEST_CASE(takes_a_slow_body_that_keeps_the_rate) {
    http::Limits limits;
    limits.body_time = milliseconds(1000);
    limits.body_rate = 1;
    Office office(limits);
    Peer peer(office.endpoint);
    peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    const auto twice = std::chrono::steady_clock::now() + milliseconds(2200);
    pollfd waiter{peer.descriptor(), POLLIN, 0};
    std::size_t sent = 0;
    for (; std::chrono::steady_clock::now() < twice && sent < 1000; ++sent) {
        peer.send("x");
        BOOST_TEST_REQUIRE(::poll(&waiter, 1, 10) == 0);
    }
    BOOST_TEST(peer.ask(std::string(1000 - sent, 'x')).body.size() == 1000U);
}

BOOST_AUTO_TEST_CASE(holds_a_body_to_the_limit_of_the_server_too) {
    http::Limits limits;
    limits.body_bytes = 10;
    Office office(limits);
    BOOST_TEST(Peer(office.endpoint).ask(post("/echo", std::string(10, 'x'))).status == 200);
    BOOST_TEST(Peer(office.endpoint).ask(post("/echo", std::string(11, 'x'))).status == 413);
}

BOOST_AUTO_TEST_CASE(closes_after_the_last_request_of_a_connection_and_says_so) {
    http::Limits limits;
    limits.requests_per_connection = 2;
    Office office(limits);
    Peer peer(office.endpoint);
    peer.send(get("/") + post("/echo", "abc") + get("/") + get("/"));
    BOOST_TEST(peer.receive().header("Connection") == "");
    const auto last = peer.receive();
    BOOST_TEST(last.body == "abc");
    BOOST_TEST(last.header("Connection") == "close");
    BOOST_TEST(peer.is_closed());
    BOOST_TEST(office.desk.handled == 2U);
}

BOOST_AUTO_TEST_CASE(names_the_limit_that_is_met_in_one_line_of_the_log) {
    http::Limits limits;
    limits.connections = 2;
    const support::CapturedStderr log;
    Office office(limits);
    Peer first(office.endpoint), second(office.endpoint);
    BOOST_TEST(first.ask(get("/")).status == 200);
    BOOST_TEST(second.ask(get("/")).status == 200);
    for (int i = 0; i < 20; ++i) BOOST_TEST(Peer(office.endpoint).ask(get("/")).status == 503);
    BOOST_TEST(second.ask(get("/", "X: " + std::string(20'000, 'x') + "\r\n")).status == 431);
    BOOST_TEST(first.ask(post("/echo", std::string(body_limit + 1, 'x'))).status == 413);
    BOOST_TEST(log.count(" meets the limit [http] connections: ") == 1U);
    BOOST_TEST(log.count(" meets the limit [http] header_bytes: ") == 1U);
    BOOST_TEST(log.count(" meets the limit [http] body_bytes: ") ==
               0U); // of the route alone: nothing to change
}

BOOST_AUTO_TEST_CASE(does_not_let_those_above_the_limit_crowd_others_out) {
    http::Limits limits;
    limits.connections = 2;
    Office office(limits);
    Peer first(office.endpoint);
    auto second = std::make_unique<Peer>(office.endpoint);
    BOOST_TEST(first.ask(get("/")).status == 200);
    BOOST_TEST(second->ask(get("/")).status == 200);
    std::vector<std::unique_ptr<Peer>> crowd;
    for (int i = 0; i < 300; ++i) crowd.push_back(std::make_unique<Peer>(office.endpoint));
    std::size_t answered = 0; // the rest are closed only
    for (const auto& peer : crowd) answered += peer->receive().status == 503;
    BOOST_TEST(answered >= 1U);
    BOOST_TEST(first.ask(get("/")).status == 200);
    second.reset();
    // As soon as one of the two has left there is room, whatever the others above the limit still do.
    BOOST_TEST(support::eventually([&] { return Peer(office.endpoint).ask(get("/")).status == 200; }));
}

BOOST_AUTO_TEST_CASE(closes_an_idle_connection_without_a_word) {
    http::Limits limits;
    limits.idle_time = milliseconds(50);
    Office office(limits);
    Peer silent(office.endpoint);
    BOOST_TEST(silent.is_closed());
    Peer used(office.endpoint);
    BOOST_TEST(used.ask(get("/")).status == 200);
    BOOST_TEST(used.is_closed());
}

BOOST_AUTO_TEST_CASE(drops_a_peer_that_reads_nothing) {
    http::Limits limits;
    limits.write_time = milliseconds(50);
    Office office(limits);
    Peer peer(office.endpoint);
    peer.send(get("/big"));
    // POLLHUP or POLLERR, without reading a byte: the server has given up.
    pollfd waiter{peer.descriptor(), POLLRDHUP, 0};
    BOOST_TEST(::poll(&waiter, 1, 10'000) == 1);
    BOOST_TEST(peer.rest().size() < big);
}

BOOST_AUTO_TEST_CASE(serves_others_while_one_reads_slowly) {
    http::Limits limits;
    limits.workers = 1;
    Office office(limits);
    Peer slow(office.endpoint);
    slow.send(get("/big") + get("/"));
    Peer fast(office.endpoint);
    for (int i = 0; i < 10; ++i) BOOST_TEST(fast.ask(get("/")).status == 200);
    BOOST_TEST(slow.receive().body.size() == big);
    BOOST_TEST(slow.receive().body == "hello");
}

BOOST_AUTO_TEST_CASE(serves_others_while_many_send_byte_by_byte) {
    http::Limits limits;
    limits.workers = 1;
    Office office(limits);
    std::vector<std::unique_ptr<Peer>> slow;
    for (int i = 0; i < 64; ++i) slow.push_back(std::make_unique<Peer>(office.endpoint));
    Peer fast(office.endpoint);
    const auto request = chunked("/echo", "3\r\nabc\r\n0\r\n\r\n");
    for (const char byte : request) {
        for (const auto& peer : slow) peer->send({&byte, 1});
        BOOST_TEST(fast.ask(get("/")).status == 200);
    }
    for (const auto& peer : slow) BOOST_TEST(peer->receive().body == "abc");
}

BOOST_AUTO_TEST_CASE(serves_others_while_the_application_is_slow) {
    Office office;
    std::vector<std::unique_ptr<Peer>> waiting;
    for (int i = 0; i < 7; ++i) {
        waiting.push_back(std::make_unique<Peer>(office.endpoint));
        waiting.back()->send(get("/wait"));
    }
    BOOST_TEST_REQUIRE(office.desk.holds(7));
    BOOST_TEST(Peer(office.endpoint).ask(get("/")).status == 200);
    office.desk.open();
    for (const auto& peer : waiting) BOOST_TEST(peer->receive().body == "waited");
}

BOOST_AUTO_TEST_CASE(serves_others_beside_two_thousand_idle_connections) {
    constexpr rlim_t needed = 4200; // both ends are ours
    rlimit room{};
    ::getrlimit(RLIMIT_NOFILE, &room);
    room.rlim_cur = std::max(room.rlim_cur, std::min(room.rlim_max, needed));
    ::setrlimit(RLIMIT_NOFILE, &room);
    BOOST_TEST_REQUIRE(room.rlim_cur >= needed);
    Office office;
    std::vector<std::unique_ptr<Peer>> idle;
    for (int i = 0; i < 2000; ++i) {
        idle.push_back(std::make_unique<Peer>(office.endpoint));
        if (i % 2 == 0) idle.back()->send("GET /");
    }
    Peer peer(office.endpoint);
    for (int i = 0; i < 100; ++i) BOOST_TEST(peer.ask(get("/")).status == 200);
    BOOST_TEST(idle.front()->ask(" HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(answers_503_above_the_limit_of_connections) {
    http::Limits limits;
    limits.connections = 2;
    Office office(limits);
    auto first = std::make_unique<Peer>(office.endpoint);
    Peer second(office.endpoint);
    BOOST_TEST(first->ask(get("/")).status == 200);
    BOOST_TEST(second.ask(get("/")).status == 200);
    Peer third(office.endpoint);
    const auto answer = third.ask(get("/"));
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.header("Retry-After") != "");
    BOOST_TEST(answer.header("Connection") == "close");
    BOOST_TEST(second.ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(answers_503_above_the_limit_of_waiting_requests) {
    http::Limits limits;
    limits.workers = 1;
    limits.queued = 1;
    Office office(limits);
    Peer running(office.endpoint), one(office.endpoint), other(office.endpoint);
    running.send(get("/wait"));
    BOOST_TEST_REQUIRE(office.desk.holds(1));
    one.send(get("/"));
    other.send(get("/"));
    pollfd waiters[] = {{one.descriptor(), POLLIN, 0}, {other.descriptor(), POLLIN, 0}};
    BOOST_TEST_REQUIRE(::poll(waiters, 2, 10'000) == 1);
    auto& refused = waiters[0].revents != 0 ? one : other;
    auto& queued = waiters[0].revents != 0 ? other : one;
    const auto answer = refused.receive();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.header("Retry-After") != "");
    office.desk.open();
    BOOST_TEST(running.receive().status == 200);
    BOOST_TEST(queued.receive().status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_server_stop)

BOOST_AUTO_TEST_CASE(finishes_what_runs_and_closes_what_is_idle) {
    Office office;
    Peer running(office.endpoint), idle(office.endpoint);
    BOOST_TEST(idle.ask(get("/")).status == 200);
    running.send(get("/wait"));
    BOOST_TEST_REQUIRE(office.desk.holds(1));
    auto stopped = std::async(std::launch::async, [&] { office.server.stop(std::chrono::seconds(20)); });
    BOOST_TEST(idle.is_closed());
    BOOST_CHECK_THROW(Peer(office.endpoint), std::runtime_error);
    BOOST_TEST((stopped.wait_for(milliseconds(0)) == std::future_status::timeout));
    office.desk.open();
    const auto answer = running.receive();
    BOOST_TEST(answer.body == "waited");
    BOOST_TEST(answer.header("Connection") == "close");
    BOOST_TEST(running.is_closed());
    stopped.get();
}

BOOST_AUTO_TEST_CASE(takes_the_rest_of_a_body_within_the_grace) {
    Office office;
    Peer sending(office.endpoint), idle(office.endpoint);
    sending.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    BOOST_TEST(sending.receive(true).status == 100);
    auto stopped = std::async(std::launch::async, [&] { office.server.stop(std::chrono::seconds(20)); });
    BOOST_TEST(idle.is_closed());
    BOOST_TEST(sending.ask("abc").body == "abc");
    stopped.get();
}

BOOST_AUTO_TEST_CASE(gives_up_on_what_runs_when_the_grace_is_over) {
    Office office;
    Peer running(office.endpoint), half(office.endpoint);
    half.send("GET / HT");
    running.send(get("/wait"));
    BOOST_TEST_REQUIRE(office.desk.holds(1));
    office.server.stop(milliseconds(20));
    BOOST_TEST(half.is_closed());
    office.desk.open();
    BOOST_TEST(running.receive().body == "waited");
}

BOOST_AUTO_TEST_CASE(may_be_asked_twice) {
    Office office;
    office.server.stop();
    office.server.stop();
    BOOST_CHECK_THROW(Peer(office.endpoint), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
