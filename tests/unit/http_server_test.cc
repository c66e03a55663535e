#define BOOST_TEST_DYN_LINK
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_peer.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace wire;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(http_server)

BOOST_AUTO_TEST_CASE(puts_the_headers_of_the_house_on_every_answer) {
    Office office;
    const auto answer = Peer(office.endpoint).ask(get("/"));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.version == "HTTP/1.1");
    BOOST_TEST(answer.body == "hello");
    BOOST_TEST(answer.header("Content-Type") == "text/plain");
    BOOST_TEST(answer.header("Server") == "desk/1");
    BOOST_TEST(answer.header("Date").ends_with(" GMT"));
    BOOST_TEST(answer.header("X-Content-Type-Options") == "nosniff");
    BOOST_TEST(answer.header("Cache-Control") == "no-store");
    BOOST_TEST(!answer.header("X-Request-Id").empty());
}

BOOST_AUTO_TEST_CASE(adds_nothing_that_the_library_would) {
    Office office;
    const auto answer =
        Peer(office.endpoint).ask(get("/echo", "Accept-Encoding: gzip, br\r\nRange: bytes=0-1\r\n"));
    BOOST_TEST(answer.status == 200);
    for (const auto* name :
         {"Content-Encoding", "Content-Range", "Accept-Ranges", "Keep-Alive", "Connection"})
        BOOST_TEST(answer.header(name) == "");
}

BOOST_AUTO_TEST_CASE(sends_the_whole_however_many_ranges_are_asked_for) {
    Office office;
    std::string ranges = "0-0";
    for (int i = 0; i < 200; ++i) ranges += ",0-";
    const auto answer = Peer(office.endpoint).ask(get("/big", "Range: bytes=" + ranges + "\r\n"));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body.size() == big);
    BOOST_TEST(answer.header("Content-Range") == "");
}

BOOST_AUTO_TEST_CASE(puts_them_on_what_it_refuses_itself) {
    Office office;
    const auto answer = Peer(office.endpoint).ask("GET / HTTP/1.1\r\n\r\n");
    BOOST_TEST(answer.status == 400);
    for (const auto* name : {"Server", "Date", "X-Content-Type-Options", "Cache-Control", "X-Request-Id"})
        BOOST_TEST(answer.header(name) != "", name);
}

BOOST_AUTO_TEST_CASE(leaves_the_headers_of_the_application_alone) {
    Office office;
    const auto answer = Peer(office.endpoint).ask(get("/cached"));
    BOOST_TEST(answer.header("Cache-Control") == "max-age=60");
    BOOST_TEST(answer.header("Content-Type") == "text/uri-list");
    std::string links;
    for (const auto& [name, value] : answer.headers)
        if (name == "Link") links += value;
    BOOST_TEST(links == "ab");
}

BOOST_AUTO_TEST_CASE(tells_application_and_client_one_id_a_request) {
    Office office;
    Peer peer(office.endpoint);
    const auto first = peer.ask(get("/id"));
    const auto second = peer.ask(get("/id"));
    BOOST_TEST(first.body == first.header("X-Request-Id"));
    BOOST_TEST(second.body == second.header("X-Request-Id"));
    BOOST_TEST(first.body != second.body);
}

BOOST_AUTO_TEST_CASE(takes_the_id_that_a_client_gives_its_request) {
    Office office;
    Peer peer(office.endpoint);
    for (const std::string& id : {"6695eb01-1f"s, "00-4bf92f3577b34da6a3ce929d0e0e4736-01"s, "x"s}) {
        const auto answer = peer.ask(get("/id", "x-request-id: " + id + "\r\n"));
        BOOST_TEST(answer.body == id);
        BOOST_TEST(answer.header("X-Request-Id") == id);
    }
    for (const std::string& id : {""s, "a b"s, "a\tb"s, "a\"b"s, "\xc3\xbc"s, std::string(65, 'x')}) {
        const auto answer = peer.ask(get("/id", "X-Request-Id: " + id + "\r\n"));
        BOOST_TEST(answer.status == 200);
        BOOST_TEST(answer.body != id);
        BOOST_TEST(answer.header("X-Request-Id") == answer.body);
    }
}

BOOST_AUTO_TEST_CASE(keeps_a_connection) {
    Office office;
    Peer peer(office.endpoint);
    for (int i = 0; i < 100; ++i) BOOST_TEST(peer.ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(closes_when_asked) {
    Office office;
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask(get("/", "Connection: close\r\n")).header("Connection") == "close");
    BOOST_TEST(peer.is_closed());
}

BOOST_AUTO_TEST_CASE(closes_behind_1_0) {
    Office office;
    Peer peer(office.endpoint);
    const auto answer = peer.ask("GET /host HTTP/1.0\r\n\r\n");
    BOOST_TEST(answer.header("Connection") == "close");
    BOOST_TEST(answer.body == office.endpoint.text());
    BOOST_TEST(peer.is_closed());
}

BOOST_AUTO_TEST_CASE(stays_with_1_0_when_asked_and_says_so) {
    Office office;
    Peer peer(office.endpoint);
    const std::string request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    BOOST_TEST(peer.ask(request).header("Connection") == "keep-alive");
    BOOST_TEST(peer.ask(request).status == 200);
}

BOOST_AUTO_TEST_CASE(answers_pipelined_requests_in_order) {
    Office office;
    Peer peer(office.endpoint);
    std::string all;
    for (int i = 0; i < 200; ++i)
        all += i % 3 == 0 ? post("/echo", std::to_string(i)) : chunked("/echo", "1\r\nx\r\n0\r\n\r\n");
    peer.send(all);
    for (int i = 0; i < 200; ++i) BOOST_TEST(peer.receive().body == (i % 3 == 0 ? std::to_string(i) : "x"));
}

BOOST_AUTO_TEST_CASE(answers_what_was_pipelined_while_a_request_ran) {
    Office office;
    Peer peer(office.endpoint);
    peer.send(get("/wait"));
    BOOST_TEST_REQUIRE(office.desk.holds(1));
    peer.send(get("/echo") + post("/echo", std::string(body_limit, 'x')));
    for (int i = 0; i < 100; ++i) peer.send(post("/echo", std::string(body_limit, 'x')));
    office.desk.open();
    BOOST_TEST(peer.receive().body == "waited");
    BOOST_TEST(peer.receive().body == "");
    for (int i = 0; i < 101; ++i) BOOST_TEST(peer.receive().body.size() == body_limit);
}

BOOST_AUTO_TEST_CASE(passes_an_empty_line_before_a_request) {
    Office office;
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask("\r\n" + get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(hands_an_unknown_method_to_the_application) {
    Office office;
    BOOST_TEST(Peer(office.endpoint).ask("PATCH /method HTTP/1.1\r\nHost: a\r\n\r\n").body == "PATCH");
}

BOOST_AUTO_TEST_CASE(answers_head_like_get_without_the_body) {
    Office office;
    Peer peer(office.endpoint);
    peer.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get("/method"));
    const auto answer = peer.receive(true);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Length") == "5");
    BOOST_TEST(peer.receive().body == "GET");
}

BOOST_AUTO_TEST_CASE(sends_no_length_with_204) {
    Office office;
    Peer peer(office.endpoint);
    const auto answer = peer.ask(get("/none"));
    BOOST_TEST(answer.status == 204);
    BOOST_TEST(answer.header("Content-Length") == "");
    BOOST_TEST(peer.ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_request_and_closes) {
    Office office;
    Peer peer(office.endpoint);
    const auto answer = peer.ask("GET / HTTP/1.1\r\n\r\n" + get("/"));
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.body == "there is no Host header");
    BOOST_TEST(answer.header("Connection") == "close");
    BOOST_TEST(peer.is_closed());
    BOOST_TEST(office.desk.handled == 0U);
}

BOOST_AUTO_TEST_CASE(refuses_headers_above_the_limit) {
    Office office;
    BOOST_TEST(Peer(office.endpoint).ask(get("/", "X: " + std::string(64 * 1024, 'x') + "\r\n")).status ==
               431);
    BOOST_TEST(Peer(office.endpoint).ask(get("/" + std::string(64 * 1024, 'x'))).status == 414);
}

BOOST_AUTO_TEST_CASE(keeps_the_text_of_an_exception_from_the_client) {
    Office office;
    Peer peer(office.endpoint);
    for (const auto* path : {"/throw", "/throw-early"}) {
        const auto answer = peer.ask(get(path));
        BOOST_TEST(answer.status == 500);
        BOOST_TEST(answer.body == "internal error");
        BOOST_TEST(answer.header("EXCEPTION_WHAT") == "");
    }
    BOOST_TEST(peer.ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(lets_no_line_break_into_a_header) {
    Office office;
    const auto answer = Peer(office.endpoint).ask(get("/torn"));
    BOOST_TEST(answer.status == 500);
    BOOST_TEST(answer.header("X-Evil") == "");
}

BOOST_AUTO_TEST_CASE(lets_the_application_say_no_length_of_its_own) {
    Office office;
    BOOST_TEST(Peer(office.endpoint).ask(get("/twice")).status == 500);
}

BOOST_AUTO_TEST_CASE(answers_a_peer_that_has_ended_its_side) {
    Office office;
    Peer peer(office.endpoint);
    peer.send(get("/big"));
    peer.end_sending();
    BOOST_TEST(peer.receive().body.size() == big);
    BOOST_TEST(peer.is_closed());
}

BOOST_AUTO_TEST_CASE(answers_all_that_came_before_the_peer_ended_its_side) {
    Office office;
    Peer peer(office.endpoint);
    peer.send(get("/wait") + get("/method") + post("/echo", "abc") + "GET / HT");
    peer.end_sending();
    BOOST_TEST_REQUIRE(office.desk.holds(1));
    office.desk.open();
    BOOST_TEST(peer.receive().body == "waited");
    BOOST_TEST(peer.receive().body == "GET");
    BOOST_TEST(peer.receive().body == "abc");
    BOOST_TEST(peer.is_closed());
}

BOOST_AUTO_TEST_CASE(outlives_peers_that_vanish) {
    Office office;
    for (int i = 0; i < 10; ++i) {
        Peer(office.endpoint).send(get("/big"));
        Peer(office.endpoint).send("GET / HT");
        Peer(office.endpoint).send(chunked("/echo", "5\r\nab"));
    }
    Peer(office.endpoint).send(get("/wait"));
    BOOST_TEST_REQUIRE(office.desk.holds(1));
    office.desk.open();
    BOOST_TEST(Peer(office.endpoint).ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_server_bodies)

BOOST_AUTO_TEST_CASE(reads_a_body_by_its_length_and_by_chunks) {
    Office office;
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask(post("/echo", "abc")).body == "abc");
    BOOST_TEST(peer.ask(chunked("/echo", "2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: u\r\n\r\n")).body == "abc");
    BOOST_TEST(peer.ask(post("/echo", std::string(body_limit, 'x'))).body.size() == body_limit);
}

BOOST_AUTO_TEST_CASE(refuses_a_body_above_the_limit_before_it_comes) {
    Office office;
    Peer peer(office.endpoint);
    const auto answer = peer.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
    BOOST_TEST(answer.status == 413);
    BOOST_TEST(peer.is_closed());
    BOOST_TEST(office.desk.handled == 0U);
}

BOOST_AUTO_TEST_CASE(refuses_chunks_above_the_limit_while_they_come) {
    Office office;
    Peer peer(office.endpoint);
    std::string chunks;
    for (int i = 0; i < 1000; ++i) chunks += "64\r\n" + std::string(100, 'x') + "\r\n";
    BOOST_TEST(peer.ask(chunked("/echo", chunks)).status == 413);
    BOOST_TEST(office.desk.handled == 0U);
}

BOOST_AUTO_TEST_CASE(refuses_a_bad_chunk) {
    Office office;
    BOOST_TEST(Peer(office.endpoint).ask(chunked("/echo", "-1\r\nx")).status == 400);
}

BOOST_AUTO_TEST_CASE(never_takes_an_unread_body_for_a_request) {
    Office office;
    Peer peer(office.endpoint);
    const auto answer = peer.ask(post("/forbidden", get("/echo")));
    BOOST_TEST(answer.status == 403);
    BOOST_TEST(answer.header("Connection") == "close");
    BOOST_TEST(peer.is_closed());
    BOOST_TEST(office.desk.handled == 0U);
}

BOOST_AUTO_TEST_CASE(keeps_the_connection_when_no_body_was_announced) {
    Office office;
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask(get("/forbidden")).status == 403);
    BOOST_TEST(peer.ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(delivers_a_refusal_to_a_peer_that_still_sends) {
    Office office;
    Peer peer(office.endpoint);
    peer.send("POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n");
    for (int i = 0; i < 100; ++i) peer.send(std::string(64 * 1024, 'x'));
    peer.end_sending();
    BOOST_TEST(peer.receive().status == 403);
}

BOOST_AUTO_TEST_CASE(asks_for_the_body_only_when_it_is_wanted) {
    Office office;
    const std::string expect = "Expect: 100-continue\r\n";
    Peer wanted(office.endpoint);
    wanted.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n" + expect + "\r\n");
    BOOST_TEST(wanted.receive(true).status == 100);
    BOOST_TEST(wanted.ask("abc").body == "abc");

    Peer forbidden(office.endpoint);
    BOOST_TEST(forbidden.ask("POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n" + expect + "\r\n")
                   .status == 403);
    BOOST_TEST(forbidden.is_closed());

    Peer large(office.endpoint);
    BOOST_TEST(
        large.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n" + expect + "\r\n").status ==
        413);

    Peer old(office.endpoint);
    BOOST_TEST(old.ask("POST /echo HTTP/1.0\r\nContent-Length: 3\r\n" + expect + "\r\nabc").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
