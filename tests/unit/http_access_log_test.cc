// The line of each request in the log.
#define BOOST_TEST_DYN_LINK
#include "tests/support/captured_stderr.hh"
#include "tests/support/eventually.hh"
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_later_desk.hh"
#include "tests/unit/http_peer.hh"

#include <boost/test/unit_test.hpp>

#include <fnmatch.h>
#include <sstream>
#include <string>

using namespace wire;

namespace {

struct Fixture {
    support::CapturedStderr log;

    // Whether a line comes to be there that is this from its beginning to its end, as a pattern of the shell.
    bool has(const std::string& pattern) const {
        const auto wanted = "<6>" + pattern;
        return support::eventually([&] {
            std::istringstream lines(log.text());
            for (std::string line; std::getline(lines, line);)
                if (::fnmatch(wanted.c_str(), line.c_str(), 0) == 0) return true;
            return false;
        });
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_access_log, Fixture)

BOOST_AUTO_TEST_CASE(has_what_was_asked_and_how_it_was_answered) {
    Office office;
    const auto answer = Peer(office.endpoint).ask(get("/echo?secret", "X-Request-Id: mine\r\n"));
    BOOST_TEST(has("GET /echo 200 0 bytes [0-9]*.[0-9][0-9] ms somebody 127.0.0.1:[0-9]* mine"));
    BOOST_TEST(Peer(office.endpoint).ask(post("/echo", "abc", "X-Request-Id: b\r\n")).status == 200);
    BOOST_TEST(has("POST /echo 200 3 bytes * b"));
    BOOST_TEST(Peer(office.endpoint).ask(get("/forbidden", "X-Request-Id: c\r\n")).status == 403);
    BOOST_TEST(has("GET /forbidden 403 9 bytes * somebody * c"));
    BOOST_TEST(log.count("secret") == 0U);
}

BOOST_AUTO_TEST_CASE(has_one_line_for_each_request_of_a_connection) {
    Office office;
    Peer peer(office.endpoint);
    std::string all;
    for (int i = 0; i < 300; ++i) all += get("/");
    peer.send(all);
    for (int i = 0; i < 300; ++i) BOOST_TEST(peer.receive().status == 200);
    BOOST_TEST(support::eventually([&] { return log.count("<6>GET / 200 5 bytes ") >= 300; }));
    BOOST_TEST(log.count("<6>GET / 200 5 bytes ") == 300U);
}

BOOST_AUTO_TEST_CASE(has_what_never_became_a_request) {
    Office office;
    BOOST_TEST(Peer(office.endpoint).ask("nonsense\r\n\r\n").status == 400);
    BOOST_TEST(has("- - 400 [0-9]* bytes * - 127.0.0.1:[0-9]* ?*"));
}

BOOST_AUTO_TEST_CASE(has_what_the_client_did_not_wait_for) {
    const auto bell = std::make_shared<http::Bell>();
    LaterOffice office({{"/later", [&] { return later([] { return text("late"); }, bell); }}});
    Peer peer(office.endpoint);
    peer.send(get("/later", "X-Request-Id: gone\r\n"));
    BOOST_TEST_REQUIRE(support::eventually([&] { return office.desk.handled == 1; }));
    BOOST_TEST_REQUIRE(office.settles());
    BOOST_TEST(log.count("gone") == 0U);
    peer.vanish();
    BOOST_TEST(has("GET /later - 0 bytes * gone"));
}

BOOST_AUTO_TEST_CASE(has_an_answer_in_pieces_once_when_it_ends) {
    LaterOffice office({{"/pieces", [] {
                             return piece(
                                 "abc", [] { return text("de"); }, nullptr, std::chrono::milliseconds(1));
                         }}});
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask(get("/pieces")).status == 200);
    BOOST_TEST(has("GET /pieces 200 5 bytes *"));
    BOOST_TEST(log.count("GET /pieces") == 1U);
}

BOOST_AUTO_TEST_CASE(is_silent_when_it_is_off) {
    Office office({{}, nullptr, false});
    Peer early(office.endpoint);
    BOOST_TEST(early.ask(get("/", "Connection: close\r\n")).status == 200);
    BOOST_TEST(early.is_closed()); // then its line would be there
    office.server.use({{}, nullptr, true});
    BOOST_TEST_REQUIRE(office.server.beats(std::chrono::seconds(10)));
    BOOST_TEST(Peer(office.endpoint).ask(get("/none")).status == 204);
    BOOST_TEST(has("GET /none 204 0 bytes *"));
    BOOST_TEST(log.count("GET / ") == 0U);
}

BOOST_AUTO_TEST_CASE(stays_one_line_whatever_is_asked) {
    Office office;
    BOOST_TEST(Peer(office.endpoint).ask(get("/a%20b%1b[2J%c3%bc")).status == 400);
    BOOST_TEST(Peer(office.endpoint).ask(get("/a%20b%c2%9bx", "X-Request-Id: odd\r\n")).status == 200);
    BOOST_TEST(has("GET /a b* 200 5 bytes * odd"));
    BOOST_TEST(log.count("\x9b") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
