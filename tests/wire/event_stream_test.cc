// Events page by page and as Server-Sent Events: order, what is missed, who goes on from where.
#define BOOST_TEST_DYN_LINK
#include "agent/base/text.hh"
#include "tests/unit/http_peer.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace data = boost::unit_test::data;

namespace {

using nlohmann::json;

struct Fixture : wire::Fixture {
    std::vector<json> events(const std::string& query) {
        std::vector<json> all;
        for (const auto& line : text::split(client.get("/-/events" + query).body, '\n'))
            if (!line.empty()) all.push_back(json::parse(line));
        return all;
    }
    std::uint64_t last() { return std::stoull(client.get("/-/events").header("X-Last-Event")); }
    // Waits until nothing is under way and all that was told of it is numbered.
    void settle() {
        BOOST_REQUIRE(all_has_ended());
        BOOST_REQUIRE(agent.chronicle().settle());
    }
    std::string compute() {
        const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
        settle();
        return id;
    }
    // As time does.
    void forget_events_up_to(std::uint64_t number) {
        agent.context().database.write(state::Database::Sync::later, [&](sqlite3* database) {
            state::Statement(database, "DELETE FROM event WHERE number <= ?").bind(number).run();
        });
    }
    wire::Peer subscribe(const std::string& more, const std::string& query = "") {
        wire::Peer peer(http::parse_endpoint("127.0.0.1:" + std::to_string(client.port())));
        peer.send("GET /-/events" + query + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n" +
                  more + "\r\n");
        return peer;
    }
};

// Reads one event after the other out of the chunks.
class Stream {
public:
    explicit Stream(wire::Peer& peer) : peer_(peer) {}

    // Its lines, by field; empty when the stream has ended.
    std::map<std::string, std::string> next() {
        std::map<std::string, std::string> fields;
        auto end = std::string::npos;
        while ((end = unread_.find("\n\n")) == std::string::npos) {
            const auto piece = peer_.chunk();
            if (!piece || piece->empty()) return fields;
            unread_ += *piece;
        }
        for (const auto& line : text::split(unread_.substr(0, end), '\n'))
            if (!line.starts_with(':'))
                fields[line.substr(0, line.find(": "))] = line.substr(line.find(": ") + 2);
        unread_.erase(0, end + 2);
        return fields.empty() ? next() : fields; // a comment is a sign of life
    }

private:
    wire::Peer& peer_;
    std::string unread_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_event_stream, Fixture)

BOOST_AUTO_TEST_CASE(a_line_says_what_happened_to_whom) {
    const auto id = compute();
    const auto all = events("");
    const auto started = std::ranges::find_if(
        all, [&](const json& event) { return event["what"] == "started" && event["id"] == id; });
    BOOST_REQUIRE((started != all.end()));
    BOOST_TEST((*started)["subject"] == "compute");
    BOOST_TEST((*started)["href"] == url("/compute/" + id));
    BOOST_TEST(std::string((*started)["at"]).ends_with("Z"));
    const auto done = std::ranges::find_if(all, [&](const json& event) {
        return event["subject"] == "operation" && event["what"] == "done" &&
               std::string(event["detail"]) == "create compute " + id;
    });
    BOOST_REQUIRE((done != all.end()));
    const std::string href = (*done)["href"];
    BOOST_TEST(client.get(href.substr(url().size())).status == 200);
    const auto agents =
        std::ranges::find_if(all, [](const json& event) { return event["subject"] == "agent"; });
    BOOST_REQUIRE((agents != all.end()));
    BOOST_TEST(!agents->contains("href"));
}

BOOST_AUTO_TEST_CASE(pages_follow_one_another_by_the_header) {
    compute();
    std::uint64_t at = 0, expected = 0;
    for (;;) {
        const auto answer = client.get("/-/events?limit=2&since=" + std::to_string(at));
        BOOST_REQUIRE_EQUAL(answer.status, 200);
        BOOST_TEST(answer.header("Content-Type") == "application/x-ndjson");
        for (const auto& line : text::split(answer.body, '\n'))
            if (!line.empty()) BOOST_TEST(json::parse(line)["number"] == ++expected);
        const auto next = std::stoull(answer.header("X-Last-Event"));
        if (answer.body.empty()) {
            BOOST_TEST(next == at);
            break;
        }
        at = next;
    }
    BOOST_TEST(expected == last());
}

BOOST_AUTO_TEST_CASE(a_wait_ends_without_an_event_when_its_time_is_over) {
    compute();
    const auto since = last();
    const auto answer = client.get("/-/events?wait=1&since=" + std::to_string(since));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body.empty());
    BOOST_TEST(answer.header("X-Last-Event") == std::to_string(since));
}

BOOST_AUTO_TEST_CASE(those_who_wait_hold_no_worker) {
    settle();
    const auto since = std::to_string(last());
    std::vector<wire::Peer> waiting;
    for (int i = 0; i < 50; ++i) {
        waiting.emplace_back(http::parse_endpoint("127.0.0.1:" + std::to_string(client.port())));
        waiting.back().send("GET /-/events?wait=60&since=" + since + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    BOOST_TEST(client.get("/compute").status == 200);
    agent.compute("<COMPUTE><NICS/></COMPUTE>");
    for (auto& peer : waiting) BOOST_TEST(!peer.receive().body.empty());
}

BOOST_AUTO_TEST_CASE(a_number_that_is_to_come_is_refused_with_both_numbers) {
    const auto answer = client.get("/-/events?since=77777777");
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.body.find("there is no event 77777777 yet: the last one is ") != std::string::npos);
}

BOOST_DATA_TEST_CASE(a_hostile_query_is_refused,
                     data::make({"since=", "since", "since=18446744073709551616", "since=9223372036854775808",
                                 "wait=1e3", "wait=%31", "limit=+1", "limit=1001", "wait=1&wait=2"}),
                     query) {
    BOOST_TEST(client.get(std::string("/-/events?") + query).status == 400);
}

BOOST_DATA_TEST_CASE(takes_no_other_method, data::make({"PUT", "DELETE", "PATCH"}), method) {
    const auto answer = client.send(method, "/-/events");
    BOOST_TEST(answer.status == 405);
    BOOST_TEST(answer.header("Allow") == "GET, HEAD, OPTIONS");
}

// ---- Server-Sent Events ----

BOOST_AUTO_TEST_CASE(a_stream_begins_with_what_comes_from_now_on_and_has_it_in_order) {
    compute();
    auto expected = last();
    auto peer = subscribe("");
    const auto head = peer.receive();
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.header("Content-Type") == "text/event-stream");
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    Stream stream(peer);
    for (bool started = false; !started;) {
        const auto event = stream.next();
        BOOST_REQUIRE(!event.empty());
        BOOST_TEST(event.at("id") == std::to_string(++expected));
        const auto shown = json::parse(event.at("data"));
        BOOST_TEST(shown["number"] == expected);
        started = event.at("event") == "started" && shown["id"] == id;
    }
}

BOOST_AUTO_TEST_CASE(a_stream_goes_on_after_the_last_that_was_seen_whatever_the_query_says) {
    compute();
    auto peer = subscribe("Last-Event-ID: 3\r\n", "?since=1");
    BOOST_TEST(peer.receive().status == 200);
    Stream stream(peer);
    BOOST_TEST(stream.next().at("id") == "4");
    auto other = subscribe("", "?since=1");
    BOOST_TEST(other.receive().status == 200);
    Stream from_query(other);
    BOOST_TEST(from_query.next().at("id") == "2");
}

BOOST_AUTO_TEST_CASE(a_stream_gives_all_of_a_long_past_page_by_page) {
    state::Event event;
    event.subject = "agent";
    event.what = "lost sight of";
    agent.context().events.record(std::vector<state::Event>(450, event)); // more than two pages
    settle();
    const auto all = last();
    auto peer = subscribe("Last-Event-ID: 0\r\n");
    BOOST_TEST(peer.receive().status == 200);
    Stream stream(peer);
    for (std::uint64_t number = 1; number <= all; ++number)
        BOOST_REQUIRE_EQUAL(stream.next().at("id"), std::to_string(number));
}

BOOST_AUTO_TEST_CASE(a_word_of_an_event_has_no_blank) {
    settle();
    const auto since = last();
    state::Event event;
    event.subject = "agent";
    event.what = "lost sight of";
    event.detail = "two\nlines\r\n\r\nid: 9";
    agent.context().events.record({event});
    auto peer = subscribe("", "?since=" + std::to_string(since));
    BOOST_TEST(peer.receive().status == 200);
    Stream stream(peer);
    const auto seen = stream.next();
    BOOST_TEST(seen.at("event") == "lost-sight-of");
    BOOST_TEST(seen.at("id") == std::to_string(since + 1));
    BOOST_TEST(json::parse(seen.at("data"))["detail"] == event.detail);
}

BOOST_DATA_TEST_CASE(a_stream_from_a_number_that_is_none_is_refused,
                     data::make({"x", "-1", "99999999", "1 2", ""}), number) {
    auto peer = subscribe(std::string("Last-Event-ID: ") + number + "\r\n");
    BOOST_TEST(peer.receive().status == 400);
}

BOOST_AUTO_TEST_CASE(what_is_no_longer_kept_is_said_with_where_to_go_on) {
    compute();
    forget_events_up_to(3);
    const auto answer = client.get("/-/events?since=1");
    BOOST_TEST(answer.status == 410);
    const auto shown = json::parse(answer.body);
    BOOST_TEST(shown["first"] == 4);
    BOOST_TEST(!std::string(shown["message"]).empty());
    BOOST_TEST(events("")[0]["number"] == 4); // who names no number gets what there is
    BOOST_TEST(client.get("/-/events?since=3").status == 200);
    auto peer = subscribe("Last-Event-ID: 1\r\n");
    const auto stream = peer.receive();
    BOOST_TEST(stream.status == 200);
    BOOST_TEST(stream.body == "event: gap\ndata: {\"first\":4}\n\n");
}

BOOST_AUTO_TEST_CASE(a_head_request_gets_the_headers_of_a_stream_and_its_end) {
    const auto answer = client.send("HEAD", "/-/events", {}, {{"Accept", "text/event-stream"}});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type") == "text/event-stream");
}

BOOST_AUTO_TEST_SUITE_END()
