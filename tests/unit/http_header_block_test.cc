#define BOOST_TEST_DYN_LINK
#include "agent/http/header_block.hh"
#include "agent/http/refusal.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using http::HeaderBlock;
using http::Limits;
using namespace std::string_literals;

HeaderBlock parse(const std::string& bytes, const Limits& limits = {}) {
    std::size_t looked = 0;
    const auto length = http::find_block(bytes, looked, limits);
    BOOST_REQUIRE(length == bytes.size());
    HeaderBlock block;
    http::parse_block(bytes, limits, block);
    return block;
}

// The status of the refusal, or 200.
int status_of(const std::string& bytes, const Limits& limits = {}) {
    try {
        std::size_t looked = 0;
        const auto length = http::find_block(bytes, looked, limits);
        BOOST_REQUIRE_MESSAGE(length > 0, "the block does not end");
        HeaderBlock block;
        http::parse_block(std::string_view(bytes).substr(0, length), limits, block);
        return 200;
    } catch (const http::Refusal& refusal) {
        return refusal.status();
    }
}

struct Case {
    std::string name;
    int status;
    std::string bytes;
    friend std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }
};

std::string get(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"; }
std::string with(const std::string& lines) { return "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n"; }

const std::vector<Case> refused{
    {"no version", 400, "GET /\r\nHost: a\r\n\r\n"},
    {"an empty request line", 400, " \r\nHost: a\r\n\r\n"},
    {"two blanks before the target", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"two blanks before the version", 400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a blank behind the version", 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
    {"a tab for a blank", 400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a method with a slash", 400, "GE/T / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a method too long", 400, std::string(33, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a TLS hello", 400, "\x16\x03\x01\x02"s},
    {"a version in small letters", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"},
    {"a version with two digits", 400, "GET / HTTP/1.11\r\nHost: a\r\n\r\n"},
    {"version 2.0", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
    {"version 1.2", 505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
    {"the preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\n"},
    {"a bare line feed in the request line", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n"},
    {"a bare line feed in the headers", 400, "GET / HTTP/1.1\r\nHost: a\n\r\n"},
    {"a bare carriage return in a header", 400, with("X: a\rb\r\n")},
    {"a bare carriage return in the target", 400, get("/a\rb")},
    {"a zero byte in the target", 400, get("/a\0b"s)},
    {"a zero byte in a value", 400, with("X: a\0b\r\n"s)},
    {"a zero byte in a name", 400, with("X\0: a\r\n"s)},
    {"a bell in a value", 400, with("X: \a\r\n")},
    {"a delete in a value", 400, with("X: \x7f\r\n")},
    {"a raw byte in the target", 400, get("/\xc3\xbc")},
    {"a fragment in the target", 400, get("/a#b")},
    {"a relative target", 400, get("compute")},
    {"a star for GET", 400, get("*")},
    {"the authority form", 400, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"},
    {"an absolute target of another host", 400, get("http://b/")},
    {"an absolute target of another port", 400, get("http://a:81/")},
    {"an absolute target with a user", 400, get("http://u@a/")},
    {"a percent sign alone in the path", 400, get("/a%")},
    {"a percent sign with one digit", 400, get("/a%2")},
    {"a percent sign with no digits", 400, get("/a%zz")},
    {"an encoded carriage return in the path", 400, get("/a%0Db")},
    {"an encoded line feed in the path", 400, get("/a%0ab")},
    {"an encoded zero byte in the path", 400, get("/a%00b")},
    {"an encoded tab in the path", 400, get("/a%09b")},
    {"an encoded delete in the path", 400, get("/a%7Fb")},
    {"an encoded zero byte in the query", 400, get("/?a%00b")},
    {"no Host", 400, "GET / HTTP/1.1\r\n\r\n"},
    {"an empty Host", 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {"two Hosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {"two Hosts in 1.0", 400, "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n"},
    {"a Host with a path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {"a Host with a user", 400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
    {"a Host with a quote", 400, "GET / HTTP/1.1\r\nHost: a\"b\r\n\r\n"},
    {"a Host with a blank", 400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {"a Host with a bad port", 400, "GET / HTTP/1.1\r\nHost: a:http\r\n\r\n"},
    {"a Host with a port too high", 400, "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"},
    {"a Host with an open bracket", 400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
    {"a blank before the colon", 400, with("X : a\r\n")},
    {"a name with a blank", 400, with("X Y: a\r\n")},
    {"an empty name", 400, with(": a\r\n")},
    {"a line without a colon", 400, with("X\r\n")},
    {"a folded line", 400, with("X: a\r\n b\r\n")},
    {"a line folded with a tab", 400, with("X: a\r\n\tb\r\n")},
    {"a blank before the first header", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
    {"REMOTE_ADDR", 400, with("REMOTE_ADDR: 127.0.0.1\r\n")},
    {"remote_port", 400, with("remote_port: 1\r\n")},
    {"LOCAL_ADDR", 400, with("LOCAL_ADDR: 127.0.0.1\r\n")},
    {"Local_Port", 400, with("Local_Port: 1\r\n")},
    {"an encoded carriage return in a value", 400, with("X: a%0Db\r\n")},
    {"an encoded line feed in a value", 400, with("X: a%0ab\r\n")},
    {"an encoded zero byte in a value", 400, with("X: a%00b\r\n")},
    {"two Content-Lengths", 400, with("Content-Length: 1\r\nContent-Length: 2\r\n")},
    {"two Content-Lengths that agree", 400, with("Content-Length: 1\r\nContent-Length: 1\r\n")},
    {"a list of Content-Lengths", 400, with("Content-Length: 1, 1\r\n")},
    {"a negative Content-Length", 400, with("Content-Length: -1\r\n")},
    {"a Content-Length with a plus", 400, with("Content-Length: +1\r\n")},
    {"a hexadecimal Content-Length", 400, with("Content-Length: 0x1\r\n")},
    {"an empty Content-Length", 400, with("Content-Length:\r\n")},
    {"a Content-Length beyond 63 bits", 413, with("Content-Length: 9223372036854775808\r\n")},
    {"a Content-Length beyond 64 bits", 413, with("Content-Length: 99999999999999999999999\r\n")},
    {"length and coding", 400, with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")},
    {"coding and length", 400, with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n")},
    {"two codings", 400, with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
    {"a list of codings", 501, with("Transfer-Encoding: gzip, chunked\r\n")},
    {"chunked twice", 501, with("Transfer-Encoding: chunked, chunked\r\n")},
    {"the coding identity", 501, with("Transfer-Encoding: identity\r\n")},
    {"an empty coding", 501, with("Transfer-Encoding:\r\n")},
    {"almost chunked", 501, with("Transfer-Encoding: xchunked\r\n")},
    {"a vertical tab before chunked", 400, with("Transfer-Encoding: \vchunked\r\n")},
    {"a coding in 1.0", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"another expectation", 417, with("Expect: a-miracle\r\n")},
    {"two expectations", 400, with("Expect: 100-continue\r\nExpect: 100-continue\r\n")},
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_header_block)

BOOST_DATA_TEST_CASE(refuses_what_can_be_read_in_two_ways, boost::unit_test::data::make(refused), one) {
    BOOST_TEST(status_of(one.bytes) == one.status);
}

BOOST_AUTO_TEST_CASE(takes_a_request_apart) {
    const auto block =
        parse("POST /a%20b//c?d=%0A&e HTTP/1.1\r\nHost: node.example:4567\r\nX-One:  a b \r\n\r\n");
    BOOST_TEST((block.request.method == http::Method::post));
    BOOST_TEST(block.request.method_text == "POST");
    BOOST_TEST(block.request.target == "/a%20b//c?d=%0A&e");
    BOOST_TEST(block.request.path == "/a b/c");
    BOOST_TEST(block.request.query == "d=%0A&e");
    BOOST_TEST(block.request.host == "node.example:4567");
    BOOST_TEST(block.request.header("x-one").value() == "a b");
    BOOST_TEST(!block.framing.has_body());
}

BOOST_AUTO_TEST_CASE(keeps_percent_signs_in_values_as_sent) {
    BOOST_TEST(parse(with("X: 50%25 %41\r\n")).request.header("X").value() == "50%25 %41");
}

BOOST_AUTO_TEST_CASE(keeps_headers_in_their_order_and_repeated) {
    const auto headers = parse(with("B: 1\r\nA: 2\r\nB: 3\r\n")).request.headers;
    BOOST_TEST(headers.size() == 4U);
    BOOST_TEST(headers[1].second + headers[2].second + headers[3].second == "123");
}

BOOST_AUTO_TEST_CASE(passes_a_method_that_it_does_not_know) {
    const auto block = parse("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST((block.request.method == http::Method::other));
    BOOST_TEST(block.request.method_text == "PROPFIND");
}

BOOST_AUTO_TEST_CASE(cuts_an_absolute_target_of_this_host_down) {
    BOOST_TEST(parse(get("http://A:80/x?y")).request.target == "/x?y");
    BOOST_TEST(parse(get("HTTP://a")).request.path == "/");
    BOOST_TEST(parse(get("http://a?q")).request.query == "q");
}

BOOST_AUTO_TEST_CASE(accepts_the_star_for_options) {
    BOOST_TEST(parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").request.path == "/");
}

BOOST_AUTO_TEST_CASE(accepts_the_host_that_an_ipv6_client_sends) {
    BOOST_TEST(parse("GET / HTTP/1.1\r\nHost: [::1]:4567\r\n\r\n").request.host == "[::1]:4567");
}

BOOST_AUTO_TEST_CASE(needs_no_host_in_1_0) { BOOST_TEST(parse("GET / HTTP/1.0\r\n\r\n").request.host == ""); }

struct Stay {
    std::string bytes;
    bool stays;
    friend std::ostream& operator<<(std::ostream& out, const Stay& one) { return out << one.bytes; }
};
const std::vector<Stay> connections{
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n", false},
    {"GET / HTTP/1.0\r\n\r\n", false},
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
    {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false}};

BOOST_DATA_TEST_CASE(knows_whether_the_connection_stays, boost::unit_test::data::make(connections), one) {
    BOOST_TEST(parse(one.bytes).keep_alive == one.stays);
}

BOOST_AUTO_TEST_CASE(reads_how_the_body_is_marked_off) {
    BOOST_TEST(parse(with("Content-Length: 007\r\n")).framing.length == 7U);
    BOOST_TEST(parse(with("Transfer-Encoding: Chunked\r\n")).framing.chunked);
    BOOST_TEST(parse(with("Content-Length: 1\r\nExpect: 100-Continue\r\n")).expects_continue);
    BOOST_TEST(!parse(with("Expect: 100-continue\r\n")).expects_continue);
}

BOOST_AUTO_TEST_CASE(finds_the_end_whatever_the_pieces) {
    const auto whole = with("X: a\r\n") + "body";
    std::size_t looked = 0, found = 0, at = 0;
    while (found == 0 && at < whole.size()) found = http::find_block(whole.substr(0, ++at), looked, {});
    BOOST_TEST(found == whole.size() - 4);
    BOOST_TEST(at == found);
}

BOOST_AUTO_TEST_CASE(holds_the_limits_of_a_block) {
    Limits limits;
    limits.header_bytes = 256;
    limits.header_count = 3;
    limits.target_bytes = 32;
    BOOST_TEST(status_of(with("A: 1\r\nB: 2\r\n"), limits) == 200);
    BOOST_TEST(status_of(with("A: 1\r\nB: 2\r\nC: 3\r\n"), limits) == 431);
    BOOST_TEST(status_of(with("A: " + std::string(256, 'x') + "\r\n"), limits) == 431);
    BOOST_TEST(status_of(get("/" + std::string(31, 'x')), limits) == 200);
    BOOST_TEST(status_of(get("/" + std::string(32, 'x')), limits) == 414);
    BOOST_TEST(status_of("GET /" + std::string(256, 'x'), limits) == 414);
}

BOOST_AUTO_TEST_SUITE_END()
