// Answers in pieces: how they are framed, when the next piece is asked for, and how they end.
#define BOOST_TEST_DYN_LINK
#include "tests/support/eventually.hh"
#include "tests/unit/http_later_desk.hh"

#include <boost/test/unit_test.hpp>

#include <future>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <vector>

using namespace wire;
using http::Bell;
using std::chrono::milliseconds;
using support::eventually;

namespace {

// These pieces one after the other, without waiting for anything; the last ends the answer.
http::Response sequence(std::vector<std::string> pieces, std::size_t index = 0) {
    if (index + 1 == pieces.size()) return text(pieces[index]);
    auto first = pieces[index];
    return piece(
        std::move(first), [=] { return sequence(pieces, index + 1); }, nullptr, milliseconds(0));
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_pieces)

BOOST_AUTO_TEST_CASE(leave_when_they_are_made) {
    const auto bell = std::make_shared<Bell>();
    std::atomic<int> made = 1;
    const std::function<http::Response()> next = [&] {
        const auto number = std::to_string(++made);
        return made < 4 ? piece(number, next, bell) : text(number);
    };
    LaterOffice office({{"/pieces", [&] { return piece("1", next, bell); }}});
    Peer peer(office.endpoint);
    const auto answer = peer.ask(get("/pieces"));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Transfer-Encoding") == "chunked");
    BOOST_TEST(answer.header("Content-Type") == "text/plain");
    for (const auto* name : {"Content-Length", "Connection", "Keep-Alive"})
        BOOST_TEST(answer.header(name) == "", name);
    for (const auto* name : {"Date", "Server", "X-Request-Id", "X-Content-Type-Options", "Cache-Control"})
        BOOST_TEST(answer.header(name) != "", name);
    for (int i = 1; i <= 4; ++i) {
        BOOST_TEST(peer.chunk().value_or("none") == std::to_string(i));
        BOOST_TEST(made == i);
        bell->ring();
    }
    BOOST_TEST(peer.chunk().value_or("none") == "");
    BOOST_TEST(peer.ask(get("/")).body == "hello");
}

BOOST_AUTO_TEST_CASE(may_be_empty_without_ending_the_answer) {
    LaterOffice office({{"/pieces",
                         [] {
                             return sequence({"", "a", "", "b", ""});
                         }},
                        {"/empty", [] {
                             return sequence({"", "", ""});
                         }}});
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask(get("/pieces")).status == 200);
    BOOST_TEST(peer.chunk().value_or("none") == "a");
    BOOST_TEST(peer.chunk().value_or("none") == "b");
    BOOST_TEST(peer.chunk().value_or("none") == "");
    BOOST_TEST(peer.ask(get("/empty")).header("Transfer-Encoding") == "chunked");
    BOOST_TEST(peer.chunk().value_or("none") == "");
    BOOST_TEST(peer.ask(get("/")).body == "hello");
}

BOOST_AUTO_TEST_CASE(come_after_headers_that_do_not_wait_for_them) {
    LaterOffice office({{"/pieces", [] {
                             return piece(
                                 "", [] { return text("x"); }, nullptr);
                         }}});
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask(get("/pieces")).status == 200);
    BOOST_TEST_REQUIRE(office.settles());
    BOOST_TEST(peer.is_quiet());
}

BOOST_AUTO_TEST_CASE(may_begin_after_a_wait) {
    LaterOffice office({{"/later", [] {
                             return later([] { return sequence({"a", "b"}); }, nullptr, milliseconds(1));
                         }}});
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask(get("/later")).header("Transfer-Encoding") == "chunked");
    BOOST_TEST(peer.chunk().value_or("none") == "a");
    BOOST_TEST(peer.chunk().value_or("none") == "b");
    BOOST_TEST(peer.chunk().value_or("none") == "");
}

BOOST_AUTO_TEST_CASE(end_with_the_connection_for_1_0) {
    LaterOffice office({{"/pieces", [] { return sequence({"a", "", "bc", "d"}); }}});
    Peer peer(office.endpoint);
    const auto answer = peer.ask("GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    BOOST_TEST(answer.header("Connection") == "close");
    BOOST_TEST(answer.header("Transfer-Encoding") == "");
    BOOST_TEST(answer.header("Content-Length") == "");
    BOOST_TEST(peer.rest() == "abcd");
    BOOST_TEST(peer.is_closed());
}

BOOST_AUTO_TEST_CASE(are_not_made_where_no_body_may_follow) {
    std::atomic<int> made = 0;
    const auto next = [&] {
        ++made;
        return text("x");
    };
    LaterOffice office({{"/pieces", [&] { return piece("a", next, nullptr, milliseconds(0)); }},
                        {"/none", [&] {
                             auto response = piece("a", next, nullptr, milliseconds(0));
                             response.status = 204;
                             return response;
                         }}});
    Peer peer(office.endpoint);
    peer.send("HEAD /pieces HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = peer.receive(true);
    BOOST_TEST(answer.header("Transfer-Encoding") == "chunked");
    BOOST_TEST(answer.header("Content-Length") == "");
    const auto none = peer.ask(get("/none"));
    BOOST_TEST(none.status == 204);
    BOOST_TEST(none.header("Transfer-Encoding") == "");
    BOOST_TEST_REQUIRE(office.settles());
    BOOST_TEST(peer.ask(get("/")).body == "hello");
    BOOST_TEST(made == 0);
}

BOOST_AUTO_TEST_CASE(end_the_connection_and_not_the_answer_when_one_cannot_be_made) {
    LaterOffice office({{"/pieces", [] {
                             return piece(
                                 "a", []() -> http::Response { throw std::runtime_error("a secret"); },
                                 nullptr, milliseconds(0));
                         }}});
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask(get("/pieces")).status == 200);
    BOOST_TEST(peer.chunk().value_or("none") == "a");
    BOOST_TEST(peer.is_closed());
}

BOOST_AUTO_TEST_CASE(wait_until_the_last_one_is_taken) {
    std::atomic<int> made = 0;
    const std::string large(big, 'x');
    const std::function<http::Response()> next = [&] {
        return ++made < 3 ? piece(large, next, nullptr, milliseconds(0)) : text("end");
    };
    LaterOffice office({{"/pieces", [&] { return piece(large, next, nullptr, milliseconds(0)); }}});
    Peer peer(office.endpoint);
    peer.send(get("/pieces") + get("/"));
    BOOST_TEST(peer.receive().status == 200);
    BOOST_TEST_REQUIRE(office.settles());
    BOOST_TEST(made == 0);
    for (int i = 0; i < 3; ++i) BOOST_TEST(peer.chunk().value_or("none").size() == big);
    BOOST_TEST(peer.chunk().value_or("none") == "end");
    BOOST_TEST(peer.chunk().value_or("none") == "");
    BOOST_TEST(peer.receive().body == "hello");
}

BOOST_AUTO_TEST_CASE(are_not_made_for_a_peer_that_reads_nothing) {
    std::atomic<int> made = 0;
    const auto next = [&] {
        ++made;
        return text("x");
    };
    auto limits = LaterOffice::one_worker();
    limits.write_time = milliseconds(50);
    LaterOffice office(
        {{"/pieces", [&] { return piece(std::string(big, 'x'), next, nullptr, milliseconds(0)); }}}, limits);
    Peer peer(office.endpoint);
    peer.send(get("/pieces"));
    pollfd waiter{peer.descriptor(), POLLRDHUP, 0};
    BOOST_TEST(::poll(&waiter, 1, 10'000) == 1);
    BOOST_TEST(peer.rest().size() < big);
    BOOST_TEST(made == 0);
}

BOOST_AUTO_TEST_CASE(are_let_go_when_the_peer_leaves) {
    const auto bell = std::make_shared<Bell>();
    std::weak_ptr<http::Later> held;
    LaterOffice office({{"/pieces", [&] {
                             auto response = piece(
                                 "a", [] { return text("b"); }, bell);
                             held = response.later;
                             return response;
                         }}});
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask(get("/pieces")).status == 200);
    BOOST_TEST(!held.expired());
    peer.vanish();
    BOOST_TEST(eventually([&] { return held.expired(); }));
}

BOOST_AUTO_TEST_CASE(end_without_a_last_one_when_the_server_stops) {
    std::weak_ptr<http::Later> held;
    LaterOffice office({{"/pieces", [&] {
                             auto response = piece(
                                 "a", [] { return text("b"); }, nullptr);
                             held = response.later;
                             return response;
                         }}});
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask(get("/pieces")).status == 200);
    BOOST_TEST(peer.chunk().value_or("none") == "a");
    office.server.stop(std::chrono::seconds(20));
    BOOST_TEST(peer.is_closed());
    BOOST_TEST(held.expired());
}

BOOST_AUTO_TEST_SUITE_END()
