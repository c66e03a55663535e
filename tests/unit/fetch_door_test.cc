#define BOOST_TEST_DYN_LINK
#include "agent/fetch/door.hh"

#include "tests/support/eventually.hh"
#include "tests/unit/fetch_scene.hh"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <thread>

using namespace fetch_scene;
using support::ScriptedPeer;
using support::ScriptedRequest;
using support::ScriptedServer;

namespace {

ScriptedServer saying(std::string bytes) {
    return ScriptedServer([bytes = std::move(bytes)](ScriptedPeer& peer) {
        if (peer.read()) peer.send(bytes);
    });
}

// A peer who takes the question, sends `begin`, and then `more` every few milliseconds.
ScriptedServer trickling(std::string begin, std::string more) {
    return ScriptedServer([=](ScriptedPeer& peer) {
        if (!peer.read() || !peer.send(begin)) return;
        while (!peer.is_gone_within(5ms) && peer.send(more)) {
        }
    });
}

ScriptedServer endless(std::string begin, std::string more) {
    return ScriptedServer([=](ScriptedPeer& peer) {
        if (!peer.read() || !peer.send(begin)) return;
        while (peer.send(more)) {
        }
    });
}

const std::string line(100, 'x');

} // namespace

BOOST_AUTO_TEST_SUITE(fetch_door)

BOOST_AUTO_TEST_CASE(brings_status_headers_and_body) {
    const ScriptedServer server(ScriptedServer::each(
        [](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(404, "not here", "X-Word: yes\r\n"); }));
    const auto answer = fetch::Door(inward_policy()).ask({server.url("/a?b=c")});
    BOOST_TEST(answer.head.status == 404);
    BOOST_TEST(answer.head.header("x-word") == "yes");
    BOOST_TEST(answer.head.url == server.url("/a"));
    BOOST_TEST(answer.head.length.value_or(0) == 8u);
    BOOST_TEST(answer.body == "not here");
}

BOOST_AUTO_TEST_CASE(asks_as_it_is_told) {
    const ScriptedServer server(ScriptedServer::each([](ScriptedPeer& peer, const ScriptedRequest& asked) {
        peer.answer(200, asked.method + " " + asked.target + " " + asked.header("Accept") + " " +
                             asked.header("Authorization") + " " + asked.header("Content-Type") + " " +
                             asked.body);
    }));
    fetch::Question question{server.url("/a?b=c"), {{"Accept", "a/b"}}, "Basic eA=="};
    question.body = "token=t";
    BOOST_TEST(fetch::Door(inward_policy()).ask(question).body ==
               "POST /a?b=c a/b Basic eA== application/x-www-form-urlencoded token=t");
}

BOOST_AUTO_TEST_CASE(takes_a_body_in_chunks_and_one_that_ends_with_its_connection) {
    const auto chunked =
        saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n");
    BOOST_TEST(fetch::Door(inward_policy()).ask({chunked.url("/")}).body == "abc");
    const auto closing = saying("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc");
    BOOST_TEST(fetch::Door(inward_policy()).ask({closing.url("/")}).body == "abc");
}

BOOST_AUTO_TEST_CASE(goes_on_where_it_was_told_to) {
    const ScriptedServer server(ScriptedServer::each([](ScriptedPeer& peer, const ScriptedRequest& asked) {
        if (asked.header("If-Range") == "\"same\"")
            peer.answer(206, "def", "Content-Range: bytes 3-5/6\r\n");
        else
            peer.answer(200, "abcdef");
    }));
    const fetch::Door door(inward_policy());
    fetch::Question question{server.url("/")};
    question.from = 3;
    question.if_range = "\"same\"";
    const auto rest = door.ask(question);
    BOOST_TEST(rest.head.begins_at == 3u);
    BOOST_TEST(rest.body == "def");
    question.if_range = "\"other\"";
    const auto whole = door.ask(question);
    BOOST_TEST(whole.head.begins_at == 0u);
    BOOST_TEST(whole.body == "abcdef");
}

BOOST_AUTO_TEST_CASE(refuses_another_part_than_it_has_asked_for) {
    const auto server =
        saying("HTTP/1.1 206 OK\r\nContent-Range: bytes 2-4/6\r\nContent-Length: 3\r\n\r\ncde");
    fetch::Question question{server.url("/")};
    BOOST_TEST(refusal_of(fetch::Door(inward_policy()), question).says("another part"));
    question.from = 3;
    BOOST_TEST(refusal_of(fetch::Door(inward_policy()), question).says("another part"));
}

BOOST_AUTO_TEST_CASE(gives_its_sink_the_head_before_the_body_and_ends_when_the_sink_throws) {
    const auto server = endless("HTTP/1.1 200 OK\r\n\r\n", line);
    auto policy = inward_policy();
    policy.bounds.body_bytes = UINT64_MAX;
    int begun = 0, taken = 0;
    const fetch::Sink sink{[&](const fetch::Head& head) { begun = head.status; },
                           [&](std::string_view) {
                               if (++taken == 3) throw Error(Fault::conflict, "enough");
                           }};
    BOOST_CHECK_EXCEPTION(fetch::Door(policy).ask({server.url("/")}, sink), Error,
                          [](const Error& failure) { return failure.fault() == Fault::conflict; });
    BOOST_TEST(begun == 200);
    BOOST_TEST(taken == 3);
}

BOOST_AUTO_TEST_CASE(bounds_the_headers) {
    const auto server = endless("HTTP/1.1 200 OK\r\n", "X: " + line + "\r\n");
    const auto refusal = refusal_of(inward_policy(), server.url("/"));
    BOOST_TEST((refusal.fault == Fault::too_large));
    BOOST_TEST(refusal.says("headers"));
}

BOOST_AUTO_TEST_CASE(bounds_the_headers_of_answers_before_the_answer) {
    const auto server = endless("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n");
    BOOST_TEST(refusal_of(inward_policy(), server.url("/")).says("headers"));
}

BOOST_AUTO_TEST_CASE(bounds_a_line_of_the_headers_that_does_not_end) {
    const auto server = endless("HTTP/1.1 200 OK\r\nX: ", line);
    BOOST_TEST(!refusal_of(inward_policy(), server.url("/")).sentence.empty());
}

BOOST_AUTO_TEST_CASE(bounds_the_body_that_comes) {
    const auto server = endless("HTTP/1.1 200 OK\r\n\r\n", line);
    BOOST_TEST((refusal_of(inward_policy(), server.url("/")).fault == Fault::too_large));
    const auto chunked =
        endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "64\r\n" + line + "\r\n");
    BOOST_TEST((refusal_of(inward_policy(), chunked.url("/")).fault == Fault::too_large));
}

BOOST_AUTO_TEST_CASE(bounds_the_trailers) {
    const auto server =
        endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: " + line + "\r\n");
    BOOST_TEST(refusal_of(inward_policy(), server.url("/")).says("headers"));
}

BOOST_AUTO_TEST_CASE(bounds_the_body_that_is_announced) {
    const auto server = saying("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n");
    BOOST_TEST((refusal_of(inward_policy(), server.url("/")).fault == Fault::too_large));
}

BOOST_AUTO_TEST_CASE(does_not_take_a_part_for_the_whole) {
    for (const auto* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                              "HTTP/1.1 200 OK\r\nContent-Le", "", "nonsense\r\n\r\n",
                              "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc",
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"}) {
        const auto server = saying(bytes);
        BOOST_TEST_CONTEXT(bytes) {
            BOOST_TEST((refusal_of(inward_policy(), server.url("/")).fault == Fault::unavailable));
        }
    }
}

BOOST_AUTO_TEST_CASE(takes_no_more_than_was_announced) {
    const auto server = saying("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\n");
    BOOST_TEST(fetch::Door(inward_policy()).ask({server.url("/")}).body == "abc");
}

BOOST_AUTO_TEST_CASE(says_that_a_connection_breaks) {
    const ScriptedServer server([](ScriptedPeer& peer) {
        if (peer.read() && peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")) peer.reset();
    });
    BOOST_TEST((refusal_of(inward_policy(), server.url("/")).fault == Fault::unavailable));
}

BOOST_AUTO_TEST_CASE(says_that_nobody_is_there) {
    std::string url;
    {
        const ScriptedServer server([](ScriptedPeer&) {});
        url = server.url("/secret?hush");
    }
    const auto refusal = refusal_of(inward_policy(), url);
    BOOST_TEST((refusal.fault == Fault::unavailable));
    BOOST_TEST(refusal.says("/secret: no connection"));
    BOOST_TEST(!refusal.says("hush"));
}

BOOST_AUTO_TEST_CASE(does_not_wait_longer_for_tls_than_for_a_connection) {
    const ScriptedServer silent([](ScriptedPeer& peer) { peer.wait_until_gone(); });
    auto policy = inward_policy();
    policy.times.connecting = 50ms;
    const auto url = "https" + silent.url("/").substr(4);
    BOOST_TEST(refusal_of(policy, url).says("no connection in time"));
}

BOOST_AUTO_TEST_CASE(does_not_wait_longer_for_an_answer) {
    const ScriptedServer silent([](ScriptedPeer& peer) {
        if (peer.read()) peer.wait_until_gone();
    });
    auto policy = inward_policy();
    policy.times.first_byte = 50ms;
    BOOST_TEST(refusal_of(policy, silent.url("/")).says("no answer in time"));
}

BOOST_AUTO_TEST_CASE(does_not_wait_for_a_body_that_stalls) {
    const ScriptedServer server([](ScriptedPeer& peer) {
        if (peer.read() && peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + line))
            peer.wait_until_gone();
    });
    auto policy = inward_policy();
    policy.times.stall = 50ms;
    BOOST_TEST(refusal_of(policy, server.url("/")).says("too slowly"));
}

BOOST_AUTO_TEST_CASE(does_not_wait_for_headers_or_a_body_that_trickle) {
    auto policy = inward_policy();
    policy.times.stall = 100ms;
    policy.bounds.bytes_in_stall = 10'000;
    const auto body = trickling("HTTP/1.1 200 OK\r\n\r\n", "x");
    BOOST_TEST(refusal_of(policy, body.url("/")).says("too slowly"));
    const auto headers = trickling("HTTP/1.1 200 OK\r\n", "X: y\r\n");
    BOOST_TEST(refusal_of(policy, headers.url("/")).says("too slowly"));
}

BOOST_AUTO_TEST_CASE(bounds_the_time_of_all_together) {
    const auto server = trickling("HTTP/1.1 200 OK\r\n\r\n", line);
    auto policy = inward_policy();
    policy.times.whole = 100ms;
    BOOST_TEST(refusal_of(policy, server.url("/")).says("as a whole in time"));
}

BOOST_AUTO_TEST_CASE(is_called_off_from_another_thread) {
    const ScriptedServer silent([](ScriptedPeer& peer) {
        if (peer.read()) peer.wait_until_gone();
    });
    std::stop_source stop;
    std::thread other([&] {
        support::eventually([&] { return silent.connections() == 1; });
        stop.request_stop();
    });
    const auto refusal = refusal_of(fetch::Door(inward_policy()), {silent.url("/")}, stop.get_token());
    other.join();
    BOOST_TEST(refusal.says("called off"));
}

BOOST_AUTO_TEST_CASE(looks_names_up) {
    const ScriptedServer server(ScriptedServer::each(
        [](ScriptedPeer& peer, const ScriptedRequest& asked) { peer.answer(200, asked.header("Host")); }));
    const auto answer = fetch::Door(inward_policy()).ask({server.url("/", "localhost")});
    BOOST_TEST(answer.body == "localhost:" + std::to_string(server.port()));
}

BOOST_AUTO_TEST_CASE(takes_nothing_from_the_environment) {
    const ScriptedServer proxy([](ScriptedPeer& peer) { peer.wait_until_gone(); });
    const ScriptedServer server(ScriptedServer::each([](ScriptedPeer& peer, const ScriptedRequest& asked) {
        peer.answer(200, asked.header("Cookie") + asked.header("Authorization"), "Set-Cookie: a=b\r\n");
    }));
    for (const auto* name : {"http_proxy", "all_proxy", "ALL_PROXY"})
        ::setenv(name, proxy.url("").c_str(), 1);
    const Defer restored([] {
        for (const auto* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
    });
    const fetch::Door door(inward_policy());
    door.ask({server.url("/")});
    BOOST_TEST(door.ask({server.url("/")}).body == "");
    BOOST_TEST(proxy.connections() == 0u);
}

BOOST_AUTO_TEST_CASE(goes_through_a_proxy_that_it_is_told_of) {
    const ScriptedServer proxy(ScriptedServer::each(
        [](ScriptedPeer& peer, const ScriptedRequest& asked) { peer.answer(200, asked.target); }));
    auto policy = inward_policy();
    policy.networks.clear(); // the proxy itself is the operator's word
    policy.proxy = proxy.url("");
    BOOST_TEST(fetch::Door(policy).ask({"http://nowhere.invalid/a"}).body == "http://nowhere.invalid/a");
    BOOST_TEST((refusal_of(policy, "http://169.254.169.254/").fault == Fault::forbidden));
}

BOOST_AUTO_TEST_CASE(sends_no_header_of_two_lines) {
    const ScriptedServer server([](ScriptedPeer&) {});
    fetch::Question question{server.url("/"), {{"Accept", "a\r\nX: y"}}};
    BOOST_TEST((refusal_of(fetch::Door(inward_policy()), question).fault == Fault::invalid));
    BOOST_TEST(server.connections() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
