// Admissions that are decided later: nobody reads a body before, nobody waits with a thread, and a peer that leaves is
// let go of.
#define BOOST_TEST_DYN_LINK
#include "tests/support/captured_stderr.hh"
#include "tests/support/certificates.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"
#include "tests/unit/http_slow_desk.hh"
#include "tests/unit/http_tls_peer.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <string>

using namespace wire;
using std::chrono::milliseconds;
using support::eventually;
namespace data = boost::unit_test::data;

namespace {

const std::string asks_first = " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";

// How much of an endless body a peer can send before the kernel takes no more of it.
std::size_t pushed_by(const Peer& peer, std::size_t most) {
    const std::string bytes(64 * 1024, 'x');
    std::size_t all = 0;
    while (all < most) {
        const auto count = ::send(peer.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count <= 0) break;
        all += static_cast<std::size_t>(count);
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_undecided)

BOOST_AUTO_TEST_CASE(is_decided_when_the_bell_rings_and_not_before) {
    SlowOffice office;
    Peer peer(office.endpoint);
    peer.send(get("/some"));
    BOOST_TEST_REQUIRE(office.parks(1));
    BOOST_TEST(peer.is_quiet());
    BOOST_TEST(office.desk.decided == 0U);
    office.desk.bell->ring();
    const auto answer = peer.receive();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == "hello");
    BOOST_TEST(office.desk.decided == 1U);
    BOOST_TEST(office.desk.decided_of == "/some");
    BOOST_TEST(office.desk.undecided == 0);
    BOOST_TEST(peer.ask(get("/known")).body == "hello");
}

BOOST_AUTO_TEST_CASE(is_decided_when_the_patience_is_over) {
    SlowOffice office;
    office.desk.patience = milliseconds(20);
    BOOST_TEST(Peer(office.endpoint).ask(get("/")).body == "hello");
    office.desk.bell = nullptr;
    BOOST_TEST(Peer(office.endpoint).ask(post("/", "abc")).body == "abc");
}

BOOST_AUTO_TEST_CASE(is_decided_at_once_by_a_bell_that_has_rung) {
    SlowOffice office;
    office.desk.bell->ring();
    BOOST_TEST(Peer(office.endpoint).ask(get("/")).body == "hello");
}

BOOST_AUTO_TEST_CASE(is_asked_for_as_often_as_it_is_undecided) {
    SlowOffice office;
    office.desk.patience = milliseconds(1);
    office.desk.rounds = 5;
    BOOST_TEST(Peer(office.endpoint).ask(post("/", "abc")).body == "abc");
    BOOST_TEST(office.desk.admitted == 1U);
    BOOST_TEST(office.desk.decided == 5U);
    BOOST_TEST(office.desk.undecided == 0);
}

BOOST_AUTO_TEST_CASE(holds_no_worker_beside_others) {
    SlowOffice office;
    std::vector<std::unique_ptr<Peer>> waiting;
    for (int i = 0; i < 100; ++i) {
        waiting.push_back(std::make_unique<Peer>(office.endpoint));
        waiting.back()->send(post("/", "abc"));
    }
    BOOST_TEST_REQUIRE(office.parks(100));
    for (int i = 0; i < 100; ++i) BOOST_TEST(Peer(office.endpoint).ask(get("/known")).body == "hello");
    for (const auto& peer : waiting) BOOST_TEST(peer->is_quiet());
}

BOOST_AUTO_TEST_CASE(lets_no_body_be_asked_for_before) {
    SlowOffice office;
    Peer peer(office.endpoint);
    peer.send("POST /some" + asks_first);
    BOOST_TEST_REQUIRE(office.parks(1));
    BOOST_TEST(peer.is_quiet());
    office.desk.bell->ring();
    BOOST_TEST(peer.receive(true).status == 100);
    BOOST_TEST(peer.ask("abc").body == "abc");
    BOOST_TEST(peer.ask(get("/known")).body == "hello");
}

BOOST_AUTO_TEST_CASE(refuses_without_reading_the_body) {
    SlowOffice office;
    Peer patient(office.endpoint), hasty(office.endpoint);
    office.desk.patience = milliseconds(20);
    patient.send("POST /forbidden" + asks_first);
    hasty.send("POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 800000\r\n\r\n" +
               std::string(50'000, 'x'));
    for (auto* peer : {&patient, &hasty}) {
        BOOST_TEST(peer->receive().status == 403);
        BOOST_TEST(peer->is_closed());
    }
}

BOOST_AUTO_TEST_CASE(takes_a_body_that_came_meanwhile) {
    SlowOffice office;
    Peer peer(office.endpoint);
    peer.send(chunked("/some", "3\r\nabc\r\n"));
    BOOST_TEST_REQUIRE(office.parks(1));
    peer.send("2\r\n");
    BOOST_TEST_REQUIRE(office.settles());
    BOOST_TEST(office.desk.answered == 2U); // of the known ones
    office.desk.bell->ring();
    peer.send("de\r\n0\r\n\r\n");
    BOOST_TEST(peer.receive().body == "abcde");
}

BOOST_AUTO_TEST_CASE(keeps_little_of_a_body_that_comes_meanwhile) {
    SlowOffice office;
    Peer peer(office.endpoint);
    const int little = 16 * 1024;
    ::setsockopt(peer.descriptor(), SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
    peer.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(big) + "\r\n\r\n");
    BOOST_TEST_REQUIRE(office.parks(1));
    std::size_t all = 0;
    for (int i = 0; i < 10; ++i) {
        all += pushed_by(peer, big - all);
        BOOST_TEST_REQUIRE(office.server.beats(std::chrono::seconds(10)));
    }
    BOOST_TEST(all < big);
    office.desk.bell->ring();
    peer.send(std::string(big - all, 'x'));
    BOOST_TEST(peer.receive().body == std::to_string(big));
}

BOOST_AUTO_TEST_CASE(answers_what_was_pipelined_behind_it) {
    SlowOffice office;
    Peer peer(office.endpoint);
    peer.send(post("/some", "abc") + get("/known"));
    BOOST_TEST_REQUIRE(office.parks(1));
    for (int i = 0; i < 100; ++i) peer.send(get("/known", "X: " + std::string(1000, 'x') + "\r\n"));
    office.desk.bell->ring();
    BOOST_TEST(peer.receive().body == "abc");
    for (int i = 0; i < 101; ++i) BOOST_TEST(peer.receive().body == "hello");
}

BOOST_DATA_TEST_CASE(is_let_go_of_when_its_peer_leaves, data::make({false, true}) * data::make({false, true}),
                     with_reset, with_body) {
    SlowOffice office;
    Peer peer(office.endpoint);
    peer.send(with_body ? "POST /some" + asks_first : get("/some"));
    BOOST_TEST_REQUIRE(office.parks(1));
    if (with_reset)
        peer.vanish();
    else
        peer.end_sending();
    BOOST_TEST(eventually([&] { return office.desk.undecided == 0; }));
    office.desk.bell->ring();
    BOOST_TEST(office.settles());
    BOOST_TEST(office.desk.decided == 0U);
}

BOOST_AUTO_TEST_CASE(is_turned_away_above_the_limit_and_holds_its_place_until_it_is_decided) {
    auto limits = LaterOffice::one_worker();
    limits.streams = 1;
    SlowOffice office(limits);
    Peer first(office.endpoint);
    first.send("POST /some" + asks_first);
    BOOST_TEST_REQUIRE(office.parks(1));
    for (const auto& request : {get("/other"), post("/other", "abc")}) {
        const auto refused = Peer(office.endpoint).ask(request);
        BOOST_TEST(refused.status == 503);
        BOOST_TEST(refused.body == "too many requests wait for something");
    }
    office.desk.bell->ring();
    BOOST_TEST(first.receive(true).status == 100); // and takes its time with the body
    Peer second(office.endpoint);
    second.send(get("/other"));
    BOOST_TEST_REQUIRE(office.parks(1));
    office.desk.bell->ring();
    BOOST_TEST(second.receive().status == 200);
    BOOST_TEST(first.ask("abc").body == "abc");
}

BOOST_AUTO_TEST_CASE(may_lead_to_an_answer_that_comes_later) {
    auto limits = LaterOffice::one_worker();
    limits.streams = 1;
    SlowOffice office(limits);
    office.desk.patience = milliseconds(1);
    Peer peer(office.endpoint);
    for (const auto& request : {get("/later"), post("/later", "abc")})
        BOOST_TEST(peer.ask(request).body == "late");
}

BOOST_DATA_TEST_CASE(is_told_that_the_agent_ends, data::make({false, true}), with_body) {
    SlowOffice office;
    Peer peer(office.endpoint);
    peer.send(with_body ? "POST /some" + asks_first : get("/some"));
    BOOST_TEST_REQUIRE(office.parks(1));
    auto stopped = std::async(std::launch::async, [&] { office.server.stop(std::chrono::seconds(20)); });
    const auto answer = peer.receive();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.body == "the agent is ending");
    BOOST_TEST(answer.header("Connection") == "close");
    peer.vanish();
    stopped.get();
    BOOST_TEST(office.desk.undecided == 0);
    BOOST_TEST(office.desk.decided == 0U);
    office.desk.bell->ring();
}

BOOST_AUTO_TEST_CASE(is_asked_for_by_a_worker_even_if_the_request_is_quick) {
    SlowOffice office;
    office.desk.patience = milliseconds(1);
    BOOST_TEST(Peer(office.endpoint).ask(get("/quick")).body == "hello");
    BOOST_TEST(office.desk.admitted_by == "http-front");
    BOOST_TEST(office.desk.decided_by == "http-worker");
}

BOOST_AUTO_TEST_CASE(becomes_a_500_when_it_fails) {
    SlowOffice office;
    office.desk.patience = milliseconds(1);
    Peer peer(office.endpoint);
    for (const auto* path : {"/throw", "/nothing"}) {
        const auto answer = peer.ask(get(path));
        BOOST_TEST(answer.status == 500);
        BOOST_TEST(answer.body == "internal error");
    }
    const auto answer = peer.ask(post("/throw", "abc"));
    BOOST_TEST(answer.status == 500);
    BOOST_TEST(answer.header("Connection") == "close");
}

BOOST_AUTO_TEST_CASE(serves_head_and_1_0_as_at_once) {
    SlowOffice office;
    office.desk.patience = milliseconds(1);
    Peer peer(office.endpoint);
    peer.send("HEAD /some HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(peer.receive(true).header("Content-Length") == "5");
    BOOST_TEST(peer.ask("GET /some HTTP/1.0\r\n\r\n").body == "hello");
    BOOST_TEST(peer.is_closed());
}

BOOST_AUTO_TEST_CASE(is_the_same_through_tls) {
    const support::TempFolder folder;
    const support::Authority authority(folder.path(), "authority");
    const auto node = authority.issue("node");
    const TlsClient client(authority.certificate());
    SlowOffice office({LaterOffice::one_worker(),
                       std::make_shared<http::Tls>(http::TlsFiles{node.certificate, node.key, "", {}})},
                      "https://127.0.0.1:0");
    const auto parks_one = [&] {
        return eventually([&] { return office.desk.undecided == 1; }) &&
               TlsPeer(office.endpoint, client).ask(get("/known")).status == 200 &&
               office.server.beats(std::chrono::seconds(10));
    };
    TlsPeer peer(office.endpoint, client);
    peer.send("POST /some" + asks_first);
    BOOST_TEST_REQUIRE(parks_one());
    BOOST_TEST(office.desk.decided == 0U);
    office.desk.bell->ring();
    BOOST_TEST(peer.receive(true).status == 100);
    BOOST_TEST(peer.ask("abc").body == "abc");
    peer.send(get("/some") + get("/known"));
    BOOST_TEST_REQUIRE(parks_one());
    office.desk.bell->ring();
    BOOST_TEST(peer.receive().body == "hello");
    BOOST_TEST(peer.receive().body == "hello");
    peer.send(get("/some"));
    BOOST_TEST_REQUIRE(parks_one());
    peer.vanish();
    BOOST_TEST(eventually([&] { return office.desk.undecided == 0; }));
}

BOOST_AUTO_TEST_CASE(is_logged_with_whom_it_turned_out_to_be) {
    const support::CapturedStderr log;
    SlowOffice office;
    office.desk.patience = milliseconds(1);
    BOOST_TEST(Peer(office.endpoint).ask(get("/some", "X-Request-Id: mine\r\n")).status == 200);
    BOOST_TEST(eventually([&] { return log.count(" ms somebody 127.0.0.1:") == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()
