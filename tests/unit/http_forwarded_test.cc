// Who the client is when proxies speak for it, and that nobody else can say so.
#define BOOST_TEST_DYN_LINK
#include "agent/http/forwarded.hh"
#include "agent/http/refusal.hh"
#include "tests/support/captured_stderr.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_peer.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

using namespace wire;
namespace data = boost::unit_test::data;

namespace {

http::Proxies trusting(const std::vector<std::string>& networks) {
    http::Proxies proxies;
    for (const auto& text : networks) proxies.trusted.push_back(http::Network::parse(text).value());
    return proxies;
}
const auto proxies = trusting({"10.0.0.0/8", "2001:db8:1::/48"});

// "PEER SOURCE SCHEME HOST", or why it is refused.
std::string settled(const std::string& peer, const http::Headers& headers,
                    const http::Proxies& by = proxies) {
    http::Head head;
    head.peer = peer;
    head.source = "itself";
    head.host = "node";
    head.headers = headers;
    try {
        http::settle_client(head, by);
    } catch (const http::Refusal& refusal) {
        BOOST_TEST(refusal.status() == 400);
        return refusal.what();
    }
    return head.peer + " " + head.source + " " + (head.is_secure ? "https " : "http ") + head.host;
}

struct Row {
    http::Headers headers;
    std::string expected;
    friend std::ostream& operator<<(std::ostream& out, const Row& row) {
        for (const auto& [name, value] : row.headers) out << name << ": " << value << "; ";
        return out;
    }
};

const std::vector<Row> good{
    {{}, "10.0.0.1:5 itself http node"},
    {{{"Forwarded", "for=192.0.2.1"}}, "192.0.2.1 192.0.2.1 http node"},
    {{{"forwarded", "For=\"192.0.2.1:4711\";PROTO=https;host=a.example;by=10.0.0.1"}},
     "192.0.2.1:4711 192.0.2.1 https a.example"},
    {{{"Forwarded", "for=\"[2001:db8::1]:_x\" ; host=\"a.example:80\""}},
     "[2001:db8::1]:_x 2001:db8::/64 http a.example:80"},
    {{{"Forwarded", "for=\"1\\92.0.2.1\""}}, "192.0.2.1 192.0.2.1 http node"},
    // What a client has made up stands to the left.
    {{{"Forwarded", "for=203.0.113.9;proto=https;host=evil, for=192.0.2.1;proto=http"}},
     "192.0.2.1 192.0.2.1 http node"},
    {{{"Forwarded", "for=203.0.113.9"}, {"Forwarded", "for=192.0.2.1"}}, "192.0.2.1 192.0.2.1 http node"},
    // A proxy behind a proxy: the one that is nearest to the client knows how it came.
    {{{"Forwarded", "for=192.0.2.1;proto=https;host=a, for=10.1.1.1;proto=http;host=b"}},
     "192.0.2.1 192.0.2.1 https a"},
    {{{"Forwarded", "for=10.2.2.2, for=\"[2001:db8:1::1]\""}}, "10.2.2.2 10.2.2.2 http node"},
    {{{"Forwarded", "for=unknown;proto=https"}}, "unknown itself https node"},
    {{{"Forwarded", "for=203.0.113.9, for=_hidden, for=10.1.1.1"}}, "_hidden 10.1.1.1 http node"},
    {{{"Forwarded", "for=203.0.113.9, proto=https"}}, "10.0.0.1:5 itself https node"},
    {{{"X-Forwarded-For", "192.0.2.1"}}, "192.0.2.1 192.0.2.1 http node"},
    {{{"X-Forwarded-For", "203.0.113.9,192.0.2.1:80 ,\t10.1.1.1"},
      {"X-Forwarded-Proto", "HTTPS"},
      {"X-Forwarded-Host", "a.example"}},
     "192.0.2.1:80 192.0.2.1 https a.example"},
    {{{"X-Forwarded-For", "203.0.113.9"}, {"x-forwarded-for", "2001:db8::1"}},
     "[2001:db8::1] 2001:db8::/64 http node"},
    {{{"X-Forwarded-For", "[2001:db8::1]:80"}}, "[2001:db8::1]:80 2001:db8::/64 http node"},
    {{{"X-Forwarded-For", "::ffff:192.0.2.1"}}, "192.0.2.1 192.0.2.1 http node"},
    {{{"X-Forwarded-For", "203.0.113.9, 192.0.2.1, 10.1.1.1"}, {"X-Forwarded-Proto", "https, http, https"}},
     "192.0.2.1 192.0.2.1 http node"},
    {{{"X-Forwarded-Proto", "https"}}, "10.0.0.1:5 itself https node"},
};

const auto rfc = [](const std::string& value) {
    return "the header Forwarded of a proxy has \"" + value + "\", which is not as RFC 7239 writes it";
};
const auto bad_of = [](const std::string& name, const std::string& value, const std::string& why) {
    return "the header " + name + " of a proxy has \"" + value + "\", which " + why;
};
std::string many(const std::string& item, int count) {
    std::string all = item;
    for (int i = 1; i < count; ++i) all += "," + item;
    return all;
}

const std::vector<Row> bad{
    {{{"Forwarded", ""}}, rfc("")},
    {{{"Forwarded", "for"}}, rfc("for")},
    {{{"Forwarded", "for="}}, rfc("for=")},
    {{{"Forwarded", "for =192.0.2.1"}}, rfc("for =192.0.2.1")},
    {{{"Forwarded", "for=192.0.2.1,"}}, rfc("for=192.0.2.1,")},
    {{{"Forwarded", "for=192.0.2.1;"}}, rfc("for=192.0.2.1;")},
    {{{"Forwarded", "for=192.0.2.1:80"}}, rfc("for=192.0.2.1:80")},
    {{{"Forwarded", "for=192.0.2.1;FOR=192.0.2.2"}}, rfc("for=192.0.2.1;FOR=192.0.2.2")},
    {{{"Forwarded", "for=\"192.0.2.1"}}, rfc("for=\"192.0.2.1")},
    {{{"Forwarded", "for=\"192.0.2.1\\"}}, rfc("for=\"192.0.2.1\\")},
    {{{"Forwarded", "for=cloud.example"}}, bad_of("Forwarded", "cloud.example", "is no address")},
    {{{"Forwarded", "for=\"2001:db8::1\""}}, bad_of("Forwarded", "2001:db8::1", "is no address")},
    {{{"Forwarded", "for=\"[192.0.2.1\""}}, bad_of("Forwarded", "[192.0.2.1", "is no address")},
    {{{"Forwarded", "for=\"192.0.2.1:\""}}, bad_of("Forwarded", "192.0.2.1:", "has no port")},
    {{{"Forwarded", "for=\"192.0.2.1:65536\""}}, bad_of("Forwarded", "192.0.2.1:65536", "has no port")},
    {{{"Forwarded", "for=192.0.2.1;proto=ftp"}}, bad_of("Forwarded", "ftp", "is neither http nor https")},
    {{{"Forwarded", "for=192.0.2.1;host=\"a/b\""}}, bad_of("Forwarded", "a/b", "is no host")},
    // Also where nobody looks at it.
    {{{"Forwarded", "proto=x, for=192.0.2.1"}}, bad_of("Forwarded", "x", "is neither http nor https")},
    {{{"Forwarded", many("for=10.1.1.1", 33)}}, "a request went through more than 32 proxies"},
    {{{"X-Forwarded-For", ""}}, bad_of("X-Forwarded-For", "", "is no address")},
    {{{"X-Forwarded-For", "192.0.2.1,"}}, bad_of("X-Forwarded-For", "", "is no address")},
    {{{"X-Forwarded-For", "192.0.2.1 10.1.1.1"}},
     bad_of("X-Forwarded-For", "192.0.2.1 10.1.1.1", "is no address")},
    {{{"X-Forwarded-For", many("10.1.1.1", 33)}},
     bad_of("X-Forwarded-For", "10.1.1.1,10.1.1.1", "is longer than any way through proxies")},
    {{{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Proto", "https, http"}},
     bad_of("X-Forwarded-Proto", "http", "is one of 2 for 1 clients")},
    {{{"X-Forwarded-Host", "a b"}}, bad_of("X-Forwarded-Host", "a b", "is no host")},
    {{{"Forwarded", "for=192.0.2.1"}, {"X-Forwarded-Host", "a"}},
     "a proxy has set both Forwarded and X-Forwarded-..."},
};

const std::vector<std::string> networks{"192.0.2.1",     "10.0.0.0/8", "0.0.0.0/0", "2001:db8::1",
                                        "2001:db8::/32", "::/0",       "unix"};
const std::vector<std::string> no_networks{"",         "10.0.0.1/8", "10.0.0.0/33",    "10.0.0.0/",
                                           "10.0.0/8", "localhost",  "2001:db8::1/32", "::/129",
                                           "[::1]",    "10.0.0.0/8 "};

std::shared_ptr<const http::Proxies> shared(http::Proxies value) {
    return std::make_shared<const http::Proxies>(std::move(value));
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_forwarded)

BOOST_DATA_TEST_CASE(says_who_the_client_of_a_proxy_is, data::make(good), row) {
    BOOST_TEST(settled("10.0.0.1:5", row.headers) == row.expected);
}

BOOST_DATA_TEST_CASE(is_refused_when_it_is_malformed, data::make(bad), row) {
    const auto is = settled("10.0.0.1:5", row.headers);
    const bool is_long = row.headers.front().second.size() > 80; // and cut in the sentence
    BOOST_TEST((is == row.expected || (is_long && is.find("longer than") != is.npos)), is);
}

BOOST_DATA_TEST_CASE(is_nothing_of_a_stranger, data::make(good) + data::make(bad), row) {
    for (const std::string peer : {"192.0.2.200:5", "[2001:db8:2::1]:5", "unix", "127.0.0.1:5"})
        BOOST_TEST(settled(peer, row.headers) == peer + " itself http node");
}

BOOST_AUTO_TEST_CASE(counts_of_peers_of_each_family_and_of_unix_sockets) {
    const http::Headers headers{{"Forwarded", "for=192.0.2.1"}};
    const std::string client = "192.0.2.1 192.0.2.1 http node";
    BOOST_TEST(settled("[2001:db8:1::5]:80", headers) == client);
    BOOST_TEST(settled("[::ffff:10.0.0.1]:80", headers) == client);
    BOOST_TEST(settled("unix", headers, trusting({"unix"})) == client);
    BOOST_TEST(settled("10.0.0.1:5", headers, trusting({"unix"})) == "10.0.0.1:5 itself http node");
}

BOOST_DATA_TEST_CASE(trusts_networks_by_their_text, data::make(networks), text) {
    BOOST_TEST(http::Network::parse(text).value().text() == text);
}

BOOST_DATA_TEST_CASE(trusts_nothing_else, data::make(no_networks), text) {
    BOOST_TEST(!http::Network::parse(text).has_value());
}

BOOST_AUTO_TEST_CASE(trusts_what_is_within_a_network) {
    const auto contains = [](const std::string& network, const std::string& ip) {
        return http::Network::parse(network).value().contains(Ip::parse(ip).value());
    };
    BOOST_TEST(contains("10.0.0.0/9", "10.127.255.255"));
    BOOST_TEST(!contains("10.0.0.0/9", "10.128.0.0"));
    BOOST_TEST(contains("0.0.0.0/0", "192.0.2.1"));
    BOOST_TEST(!contains("::/0", "192.0.2.1"));
    BOOST_TEST(contains("::/0", "2001:db8::1"));
    BOOST_TEST(contains("2001:db8::/33", "2001:db8:7fff::1"));
    BOOST_TEST(!contains("2001:db8::/33", "2001:db8:8000::1"));
    BOOST_TEST(!contains("unix", "192.0.2.1"));
    BOOST_TEST(contains("192.0.2.0/24", "::ffff:192.0.2.1"));
    BOOST_TEST(contains("::ffff:192.0.2.1", "192.0.2.1"));
    BOOST_TEST(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
    BOOST_TEST(!contains("::ffff:10.0.0.0/104", "11.0.0.0"));
    BOOST_TEST(http::Network::parse("::ffff:10.0.0.0/104").value().text() == "10.0.0.0/8");
}

BOOST_AUTO_TEST_CASE(makes_the_request_that_of_the_client) {
    const support::CapturedStderr log;
    Office office({{}, nullptr, true, shared(trusting({"127.0.0.1"}))});
    Peer peer(office.endpoint);
    const std::string said = "Forwarded: for=192.0.2.1;proto=https;host=cloud.example\r\n";
    BOOST_TEST(peer.ask(get("/peer", said)).body == "192.0.2.1");
    BOOST_TEST(peer.ask(get("/source", said)).body == "192.0.2.1");
    BOOST_TEST(peer.ask(get("/secure", said)).body == "yes");
    BOOST_TEST(peer.ask(get("/base", said)).body == "https://cloud.example");
    BOOST_TEST(peer.ask(get("/peer")).body.starts_with("127.0.0.1:"));
    BOOST_TEST(support::eventually([&] { return log.count(" ms somebody 192.0.2.1 ") == 4; }));
    BOOST_TEST(peer.ask(get("/peer", "Forwarded: nonsense\r\n")).status == 400);
    BOOST_TEST(peer.is_closed());
}

BOOST_AUTO_TEST_CASE(is_no_word_of_a_stranger_over_the_wire) {
    const support::CapturedStderr log;
    Office office({{}, nullptr, true, shared(trusting({"127.0.0.2"}))});
    Peer peer(office.endpoint);
    const std::string said =
        "Forwarded: nonsense\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n";
    BOOST_TEST(peer.ask(get("/peer", said)).body.starts_with("127.0.0.1:"));
    BOOST_TEST(peer.ask(get("/secure", said)).body == "no");
    BOOST_TEST(support::eventually([&] { return log.count(" ms somebody 127.0.0.1:") == 2; }));
    BOOST_TEST(log.count("192.0.2.1") == 0U);
}

BOOST_AUTO_TEST_CASE(keeps_the_process_of_the_proxy_to_itself) {
    const support::TempFolder folder;
    Office office({{}, nullptr, true, shared(trusting({"unix"}))},
                  "unix:" + (folder.path() / "socket").string());
    BOOST_TEST(Peer(office.endpoint).ask(get("/process")).body == "none");
}

BOOST_AUTO_TEST_CASE(gives_links_the_public_address) {
    Office office;
    Peer peer(office.endpoint);
    BOOST_TEST(peer.ask(get("/base")).body == "http://a");
    http::Proxies known;
    known.public_url = "https://cloud.example:8443";
    office.server.use({{}, nullptr, true, shared(known)});
    BOOST_TEST_REQUIRE(office.server.beats(std::chrono::seconds(10)));
    BOOST_TEST(peer.ask(get("/base")).body == "https://cloud.example:8443");
    BOOST_TEST(peer.ask(get("/host")).body == "a");
}

BOOST_AUTO_TEST_SUITE_END()
