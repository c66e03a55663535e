// The server through TLS: who may speak it, how sessions begin and go on, and that all else is as without it.
#define BOOST_TEST_DYN_LINK
#include "tests/support/captured_stderr.hh"
#include "tests/support/certificates.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_tls_peer.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace wire;
using std::chrono::milliseconds;
namespace data = boost::unit_test::data;

namespace {

struct Fixture {
    support::TempFolder folder;
    support::Authority authority{folder.path(), "authority"}, people{folder.path(), "people"};
    support::Authority::Issued node = authority.issue("node");
    TlsClient client{authority.certificate()};

    std::shared_ptr<const http::Tls> tls(const http::Tls* before = nullptr, bool ask = false) const {
        return std::make_shared<http::Tls>(
            http::TlsFiles{node.certificate, node.key, ask ? people.certificate() : "", {}}, before);
    }
    Office secure(const http::Limits& limits = {}, bool ask = false) const {
        return Office({limits, tls(nullptr, ask)}, "https://127.0.0.1:0");
    }
};

std::string subject_seen_by(const TlsPeer& peer) {
    const Handle<X509, X509_free> shown(SSL_get1_peer_certificate(peer.session()));
    return shown ? http::subject_of(*shown) : "none";
}

const std::vector<int> versions{TLS1_2_VERSION, TLS1_3_VERSION};

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_tls, Fixture)

BOOST_DATA_TEST_CASE_F(Fixture, serves_as_without_it, data::make(versions), version) {
    client.speaks(version);
    auto office = secure();
    TlsPeer peer(office.endpoint, client);
    BOOST_TEST_REQUIRE(peer.shaken);
    BOOST_TEST(SSL_version(peer.session()) == version);
    const auto answer = peer.ask(get("/secure"));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == "yes");
    BOOST_TEST(answer.header("Server") == "desk/1");
    BOOST_TEST(peer.ask(get("/peer")).body.starts_with("127.0.0.1:"));
    BOOST_TEST(peer.ask(get("/who")).body == "nobody");
    BOOST_TEST(peer.ask(post("/echo", "abc")).body == "abc");
    BOOST_TEST(peer.ask(chunked("/echo", "3\r\nabc\r\n0\r\n\r\n")).body == "abc");
    BOOST_TEST(peer.ask(get("/big")).body.size() == big);
    BOOST_TEST(peer.ask(get("/", "Connection: close\r\n")).header("Connection") == "close");
    BOOST_TEST(peer.is_closed());
    // RFC 8446, 6.1: the end is said, so that nobody else can cut an answer off.
    BOOST_TEST((SSL_get_shutdown(peer.session()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

BOOST_AUTO_TEST_CASE(says_no_to_who_is_plain) {
    Office office;
    BOOST_TEST(Peer(office.endpoint).ask(get("/secure")).body == "no");
}

BOOST_DATA_TEST_CASE_F(Fixture, speaks_no_old_version, data::make({TLS1_VERSION, TLS1_1_VERSION}), version) {
    const support::CapturedStderr log;
    auto office = secure();
    client.speaks(version);
    BOOST_TEST(!TlsPeer(office.endpoint, client).shaken);
    BOOST_TEST(support::eventually([&] { return log.count("gets no TLS: unsupported protocol") == 1; }));
}

BOOST_DATA_TEST_CASE_F(Fixture, takes_no_cipher_without_forward_secrecy_or_authentication,
                       data::make({"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256",
                                   "AES256-SHA"}),
                       cipher) {
    auto office = secure();
    client.speaks(TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(client.context(), cipher);
    BOOST_TEST(!TlsPeer(office.endpoint, client).shaken);
}

BOOST_AUTO_TEST_CASE(agrees_on_http_1_1_and_on_no_other_protocol) {
    auto office = secure();
    client.offers("\x02h2\x08http/1.1");
    TlsPeer both(office.endpoint, client);
    BOOST_TEST(both.protocol() == "http/1.1");
    BOOST_TEST(both.ask(get("/")).status == 200);
    client.offers("\x02h2");
    BOOST_TEST(!TlsPeer(office.endpoint, client).shaken);
}

BOOST_DATA_TEST_CASE_F(Fixture, resumes_a_session, data::make(versions), version) {
    client.speaks(version);
    auto office = secure();
    {
        TlsPeer first(office.endpoint, client);
        BOOST_TEST(!first.was_resumed());
        BOOST_TEST(first.ask(get("/")).status == 200);
    }
    TlsPeer second(office.endpoint, client);
    BOOST_TEST(second.was_resumed());
    BOOST_TEST(second.ask(get("/")).status == 200);
}

BOOST_DATA_TEST_CASE_F(Fixture, keeps_connections_and_sessions_over_a_new_certificate, data::make(versions),
                       version) {
    client.speaks(version);
    const auto old = tls();
    Office office({{}, old}, "https://127.0.0.1:0");
    TlsPeer early(office.endpoint, client);
    BOOST_TEST(early.ask(get("/")).status == 200);
    node = authority.issue("renewed");
    office.server.use({{}, tls(old.get())});
    BOOST_TEST_REQUIRE(office.server.beats(std::chrono::seconds(10)));
    BOOST_TEST(early.ask(get("/")).status == 200);
    BOOST_TEST(subject_seen_by(early) == "CN=node");
    TlsPeer resumed(office.endpoint, client);
    BOOST_TEST(resumed.was_resumed());
    BOOST_TEST(resumed.ask(get("/")).status == 200);
    client.session.reset();
    BOOST_TEST(subject_seen_by(TlsPeer(office.endpoint, client)) == "CN=renewed");
}

BOOST_AUTO_TEST_CASE(resumes_nothing_when_other_clients_count) {
    const auto old = tls();
    Office office({{}, old}, "https://127.0.0.1:0");
    BOOST_TEST(TlsPeer(office.endpoint, client).ask(get("/")).status == 200);
    BOOST_TEST_REQUIRE(client.session.get());
    office.server.use({{}, tls(old.get(), true)});
    BOOST_TEST_REQUIRE(office.server.beats(std::chrono::seconds(10)));
    TlsPeer peer(office.endpoint, client);
    BOOST_TEST(peer.shaken);
    BOOST_TEST(!peer.was_resumed());
}

BOOST_DATA_TEST_CASE_F(Fixture, hands_a_good_client_certificate_to_the_application, data::make(versions),
                       version) {
    client.speaks(version);
    const auto alice = people.issue("alice");
    client.shows(alice.certificate, alice.key);
    auto office = secure({}, true);
    TlsPeer peer(office.endpoint, client);
    BOOST_TEST(peer.ask(get("/who")).body == "CN=alice");
    const auto fingerprint = peer.ask(get("/fingerprint")).body;
    BOOST_TEST(fingerprint.size() == 64U);
    BOOST_TEST(fingerprint.find_first_not_of("0123456789abcdef") == std::string::npos);
    // A resumed session has shown it before.
    TlsPeer again(office.endpoint, client);
    BOOST_TEST(again.was_resumed());
    BOOST_TEST(again.ask(get("/fingerprint")).body == fingerprint);
}

BOOST_AUTO_TEST_CASE(serves_who_shows_no_certificate_as_nobody) {
    auto office = secure({}, true);
    BOOST_TEST(TlsPeer(office.endpoint, client).ask(get("/who")).body == "nobody");
}

BOOST_AUTO_TEST_CASE(asks_for_no_certificate_that_it_could_not_judge) {
    const auto alice = people.issue("alice");
    client.shows(alice.certificate, alice.key);
    auto office = secure();
    BOOST_TEST(TlsPeer(office.endpoint, client).ask(get("/who")).body == "nobody");
}

BOOST_DATA_TEST_CASE_F(Fixture, refuses_a_bad_client_certificate, data::make(versions), version) {
    client.speaks(version);
    const support::CapturedStderr log;
    auto office = secure({}, true);
    const auto expired = people.issue("expired", -60), stranger = authority.issue("stranger");
    for (const auto& bad : {expired, stranger}) {
        client.shows(bad.certificate, bad.key);
        // In 1.3 the client learns of it only when it reads.
        BOOST_TEST(TlsPeer(office.endpoint, client).ask(get("/who")).status == 0);
    }
    BOOST_TEST(office.desk.handled == 0U);
    BOOST_TEST(support::eventually([&] {
        return log.count("gets no TLS: the certificate \"CN=expired\" of the client has expired") == 1;
    }));
    BOOST_TEST(log.count("gets no TLS") == 1U); // the second within ten seconds is only counted
}

BOOST_AUTO_TEST_CASE(tells_a_plain_client_how_to_come) {
    auto office = secure();
    Peer peer(office.endpoint);
    const auto answer = peer.ask(get("/"));
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.body == "this port speaks TLS: the address begins with https://");
    BOOST_TEST(peer.is_closed());
    BOOST_TEST(office.desk.handled == 0U);
}

BOOST_AUTO_TEST_CASE(bounds_the_time_of_a_handshake) {
    http::Limits limits;
    limits.header_time = milliseconds(50);
    auto office = secure(limits);
    Peer silent(office.endpoint), half(office.endpoint);
    half.send(
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)); // the beginning of a ClientHello
    BOOST_TEST(silent.is_closed());
    BOOST_TEST(half.is_closed());
}

BOOST_AUTO_TEST_CASE(holds_no_thread_while_many_shake_hands_slowly) {
    http::Limits limits;
    limits.workers = 1;
    auto office = secure(limits);
    std::vector<std::unique_ptr<Peer>> slow;
    for (int i = 0; i < 64; ++i) {
        slow.push_back(std::make_unique<Peer>(office.endpoint));
        slow.back()->send(std::string("\x16\x03\x01\x02\x00\x01", 6));
    }
    TlsPeer fast(office.endpoint, client);
    for (int i = 0; i < 10; ++i) BOOST_TEST(fast.ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(closes_what_is_above_the_limit_and_serves_the_others) {
    http::Limits limits;
    limits.connections = 1;
    const support::CapturedStderr log;
    auto office = secure(limits);
    TlsPeer first(office.endpoint, client);
    BOOST_TEST(first.ask(get("/")).status == 200);
    BOOST_TEST(!TlsPeer(office.endpoint, client).shaken);
    BOOST_TEST(first.ask(get("/")).status == 200);
    BOOST_TEST(log.count("meets the limit [http] connections") == 1U);
}

BOOST_AUTO_TEST_CASE(answers_pipelined_requests_in_order) {
    auto office = secure();
    TlsPeer peer(office.endpoint, client);
    peer.send(get("/wait"));
    BOOST_TEST_REQUIRE(office.desk.holds(1));
    std::string all;
    for (int i = 0; i < 200; ++i)
        all += i % 3 == 0 ? post("/echo", std::to_string(i)) : chunked("/echo", "1\r\nx\r\n0\r\n\r\n");
    peer.send(all);
    office.desk.open();
    BOOST_TEST(peer.receive().body == "waited");
    for (int i = 0; i < 200; ++i) BOOST_TEST(peer.receive().body == (i % 3 == 0 ? std::to_string(i) : "x"));
}

BOOST_AUTO_TEST_CASE(takes_a_request_record_by_record) {
    auto office = secure();
    TlsPeer peer(office.endpoint, client);
    for (const char byte : chunked("/echo", "3\r\nabc\r\n0\r\n\r\n")) peer.send({&byte, 1});
    BOOST_TEST(peer.receive().body == "abc");
}

BOOST_AUTO_TEST_CASE(serves_others_while_one_reads_slowly) {
    http::Limits limits;
    limits.workers = 1;
    auto office = secure(limits);
    TlsPeer slow(office.endpoint, client);
    slow.send(get("/big") + get("/"));
    TlsPeer fast(office.endpoint, client);
    for (int i = 0; i < 10; ++i) BOOST_TEST(fast.ask(get("/")).status == 200);
    BOOST_TEST(slow.receive().body.size() == big);
    BOOST_TEST(slow.receive().body == "hello");
}

BOOST_AUTO_TEST_CASE(asks_for_a_body_only_when_it_is_wanted) {
    auto office = secure();
    const std::string headers = " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    TlsPeer wanted(office.endpoint, client), forbidden(office.endpoint, client);
    wanted.send("POST /echo" + headers);
    BOOST_TEST(wanted.receive(true).status == 100);
    BOOST_TEST(wanted.ask("abc").body == "abc");
    BOOST_TEST(forbidden.ask("POST /forbidden" + headers).status == 403);
    BOOST_TEST(forbidden.is_closed());
}

BOOST_AUTO_TEST_CASE(delivers_a_refusal_to_a_peer_that_still_sends) {
    auto office = secure();
    TlsPeer peer(office.endpoint, client);
    peer.send("POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 800000\r\n\r\n");
    for (int i = 0; i < 50; ++i) peer.send(std::string(16'000, 'x'));
    BOOST_TEST(peer.receive().status == 403);
}

BOOST_AUTO_TEST_CASE(goes_on_with_new_keys) {
    client.speaks(TLS1_3_VERSION);
    auto office = secure();
    TlsPeer peer(office.endpoint, client);
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(SSL_key_update(peer.session(), SSL_KEY_UPDATE_REQUESTED) == 1);
        BOOST_TEST(peer.ask(get("/")).status == 200);
    }
}

BOOST_AUTO_TEST_CASE(begins_no_second_handshake) {
    client.speaks(TLS1_2_VERSION);
    auto office = secure();
    TlsPeer peer(office.endpoint, client);
    BOOST_TEST(peer.ask(get("/")).status == 200);
    BOOST_TEST(SSL_renegotiate(peer.session()) == 1);
    BOOST_TEST(SSL_do_handshake(peer.session()) != 1);
    BOOST_TEST(TlsPeer(office.endpoint, client).ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(outlives_peers_that_vanish) {
    auto office = secure();
    for (int i = 0; i < 10; ++i) {
        TlsPeer(office.endpoint, client).send(get("/big"));
        TlsPeer reset(office.endpoint, client);
        reset.send(get("/big"));
        reset.vanish();
        TlsPeer(office.endpoint, client).send("GET / HT");
    }
    BOOST_TEST(TlsPeer(office.endpoint, client).ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(closes_what_is_idle_or_shakes_hands_when_it_stops) {
    auto office = secure();
    TlsPeer idle(office.endpoint, client);
    BOOST_TEST(idle.ask(get("/")).status == 200);
    Peer half(office.endpoint);
    half.send("\x16");
    office.server.stop(std::chrono::seconds(20));
    BOOST_TEST(idle.is_closed());
    BOOST_TEST(half.is_closed());
}

BOOST_AUTO_TEST_CASE(needs_a_certificate) { BOOST_CHECK_THROW(Office({}, "https://127.0.0.1:0"), Error); }

BOOST_AUTO_TEST_SUITE_END()
