#define BOOST_TEST_DYN_LINK
#include "agent/http/body.hh"
#include "agent/http/refusal.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using http::BodyCollector;
using http::Framing;
using namespace std::string_literals;

constexpr Framing chunked{true, 0};

struct Case {
    std::string name;
    int status;
    std::string bytes;
    friend std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }
};

const std::vector<Case> refused{
    {"no size", 400, "\r\nabc\r\n0\r\n\r\n"},
    {"a size that is no number", 400, "g\r\n"},
    {"a negative size", 400, "-1\r\n"},
    {"a size with a plus", 400, "+1\r\n"},
    {"a size with 0x", 400, "0x1\r\n"},
    {"a blank before the size", 400, " 1\r\na\r\n"},
    {"a blank behind the size", 400, "1 \r\na\r\n"},
    {"a size of 16 digits", 400, "ffffffffffffffff\r\n"},
    {"a huge size", 413, "fffffffffffffff\r\n"},
    {"a size ended by a bare line feed", 400, "1\na\r\n"},
    {"a carriage return in the size", 400, "1\r\r\na\r\n"},
    {"a chunk longer than its size", 400, "1\r\nab\r\n"},
    {"a chunk ended by a bare line feed", 400, "1\r\na\n0\r\n\r\n"},
    {"an extension without end", 400, "1;" + std::string(2000, 'x')},
    {"an extension with a zero byte", 400, "1;\0\r\n"s},
    {"a trailer without a colon", 400, "0\r\nabc\r\n\r\n"},
    {"a trailer with a blank in its name", 400, "0\r\na b: c\r\n\r\n"},
    {"a long trailer", 400, "0\r\nA: " + std::string(2000, 'x') + "\r\n\r\n"},
    {"above the limit in one chunk", 413, "b\r\n"},
    {"above the limit in two chunks", 413, "6\r\n123456\r\n5\r\n"},
};

int status_of(const std::string& bytes) {
    BodyCollector body(chunked, 10);
    std::string_view input = bytes;
    try {
        return body.take(input) ? 200 : 0;
    } catch (const http::Refusal& refusal) {
        return refusal.status();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_body)

BOOST_DATA_TEST_CASE(refuses_chunks_that_are_not_to_the_letter, boost::unit_test::data::make(refused), one) {
    BOOST_TEST(status_of(one.bytes) == one.status);
}

BOOST_AUTO_TEST_CASE(bounds_the_trailers_together) {
    std::string bytes = "0\r\n";
    for (int i = 0; i < 100; ++i) bytes += "A: " + std::string(100, 'x') + "\r\n";
    BOOST_TEST(status_of(bytes) == 431);
}

BOOST_AUTO_TEST_CASE(joins_chunks_and_leaves_the_next_request) {
    BodyCollector body(chunked, 10);
    std::string_view input = "3;a=b\r\nabc\r\n0A\r\n"
                             "GET";
    BOOST_CHECK_THROW(body.take(input), http::Refusal);

    BodyCollector good(chunked, 10);
    input = "3;a=\"b\"\r\nabc\r\n07\r\ndefghij\r\n000\r\nTrailer: x\r\n\r\nGET";
    BOOST_TEST(good.take(input));
    BOOST_TEST(input == "GET");
    BOOST_TEST(good.release() == "abcdefghij");
}

BOOST_AUTO_TEST_CASE(takes_bytes_one_by_one) {
    BodyCollector body(chunked, 10);
    const std::string bytes = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string_view one = std::string_view(bytes).substr(i, 1);
        BOOST_TEST(body.take(one) == (i + 1 == bytes.size()));
        BOOST_TEST(one.empty());
    }
    BOOST_TEST(body.release() == "abcde");
}

BOOST_AUTO_TEST_CASE(takes_just_the_length_that_was_announced) {
    BodyCollector body(Framing{false, 3}, 3);
    std::string_view input = "ab";
    BOOST_TEST(!body.take(input));
    input = "cd";
    BOOST_TEST(body.take(input));
    BOOST_TEST(input == "d");
    BOOST_TEST(body.release() == "abc");
}

namespace {

struct Sink : http::BodySink {
    explicit Sink(std::size_t most) : wanted(most) {}
    bool take(std::string_view bytes) noexcept override {
        taken.append(bytes);
        return taken.size() <= wanted;
    }
    std::size_t wanted;
    std::string taken;
};

} // namespace

BOOST_AUTO_TEST_CASE(gives_all_of_it_to_a_sink_and_keeps_nothing) {
    Sink sink(5);
    BodyCollector body(chunked, 10, {}, &sink);
    std::string_view input = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET";
    BOOST_TEST(body.take(input));
    BOOST_TEST(!body.is_cut());
    BOOST_TEST(sink.taken == "abcde");
    BOOST_TEST(input == "GET");
    BOOST_TEST(body.release().empty());
}

BOOST_AUTO_TEST_CASE(ends_when_the_sink_wants_no_more) {
    Sink sink(3);
    BodyCollector body(Framing{false, 100}, 100, {}, &sink);
    std::string_view input = "abc";
    BOOST_TEST(!body.take(input));
    input = "de";
    BOOST_TEST(body.take(input));
    BOOST_TEST(body.is_cut());
    BOOST_TEST(sink.taken == "abcde");
}

BOOST_AUTO_TEST_CASE(keeps_the_limit_with_a_sink_as_well) {
    Sink sink(100);
    BodyCollector body(chunked, 10, {}, &sink);
    std::string_view input = "6\r\n123456\r\n5\r\n";
    BOOST_CHECK_THROW(body.take(input), http::Refusal);
}

BOOST_AUTO_TEST_CASE(refuses_a_length_above_the_limit_at_once) {
    BOOST_CHECK_THROW(BodyCollector(Framing{false, 4}, 3), http::Refusal);
}

BOOST_AUTO_TEST_SUITE_END()
