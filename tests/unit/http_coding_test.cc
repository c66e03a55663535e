#define BOOST_TEST_DYN_LINK
#include "agent/http/coding.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <tuple>
#include <zlib.h>

namespace {

namespace data = boost::unit_test::data;
using http::Head;
using http::Response;

Head head(http::Headers headers) {
    Head made;
    made.headers = std::move(headers);
    return made;
}
const Head willing = head({{"Accept-Encoding", "gzip"}});

Response xml(std::size_t size, http::Headers headers = {}) {
    std::string body = "<A>";
    while (body.size() < size)
        body += "<COMPUTE href=\"http://127.0.0.1/compute/" + std::to_string(body.size()) + "\"/>";
    body.resize(size);
    return {200, std::move(headers), "application/xml;charset=utf-8", std::move(body)};
}

std::string value(const Response& response, std::string_view name) {
    return std::string(http::find(response.headers, name).value_or("none"));
}

std::string unpacked(const std::string& packed) {
    z_stream stream{};
    std::string plain(1 << 20, '\0');
    BOOST_REQUIRE(inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(plain.data());
    stream.avail_out = static_cast<uInt>(plain.size());
    BOOST_TEST(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    plain.resize(stream.total_out);
    inflateEnd(&stream);
    return plain;
}

using Wish = std::tuple<std::string, bool>;
const std::vector<Wish> wishes{{"gzip", true},
                               {"GZIP", true},
                               {"x-gzip", true},
                               {"br, gzip", true},
                               {"br;q=1.0, gzip;q=0.8, *;q=0.1", true},
                               {"gzip;q=0.001", true},
                               {"gzip; q=1", true},
                               {"*", true},
                               {"", false},
                               {"br", false},
                               {"identity", false},
                               {"gzip;q=0", false},
                               {"gzip;q=0.000", false},
                               {"gzip;q=0, *", false},
                               {"*;q=0", false},
                               {"gzip;q=-1", false},
                               {"gzip;q=much", false},
                               {"gzip;level=9", false},
                               {"gzipped", false}};

} // namespace

BOOST_AUTO_TEST_SUITE(http_coding)

BOOST_DATA_TEST_CASE(knows_who_asks_for_gzip, data::make(wishes), header, wanted) {
    BOOST_TEST(http::asks_for_gzip(head({{"accept-encoding", header}})) == wanted);
}

BOOST_AUTO_TEST_CASE(takes_silence_for_no) { BOOST_TEST(!http::asks_for_gzip(head({}))); }

BOOST_AUTO_TEST_CASE(reads_a_list_over_several_lines) {
    BOOST_TEST(http::asks_for_gzip(head({{"Accept-Encoding", "br"}, {"Accept-Encoding", "gzip"}})));
}

BOOST_AUTO_TEST_CASE(compresses_a_long_text_and_says_so) {
    auto response = xml(5000, {{"ETag", "\"a-b\""}, {"Vary", "Accept"}});
    const auto plain = response.body;
    http::code(willing, response, false);
    BOOST_TEST(response.body.size() < plain.size() / 2);
    BOOST_TEST((unpacked(response.body) == plain));
    BOOST_TEST(value(response, "Content-Encoding") == "gzip");
    BOOST_TEST(value(response, "Vary") == "Accept, Accept-Encoding");
    BOOST_TEST(value(response, "ETag") == "\"a-b-gzip\"");
}

BOOST_AUTO_TEST_CASE(says_to_others_that_it_could_be_compressed) {
    auto response = xml(5000, {{"ETag", "\"a-b\""}});
    const auto plain = response.body;
    http::code(head({}), response, false);
    BOOST_TEST((response.body == plain));
    BOOST_TEST(value(response, "Content-Encoding") == "none");
    BOOST_TEST(value(response, "Vary") == "Accept-Encoding");
    BOOST_TEST(value(response, "ETag") == "\"a-b\"");
}

const std::vector<Response> left_alone{
    xml(1399),
    {200, {}, "application/octet-stream", std::string(5000, 'x')},
    {200, {}, "", std::string(5000, 'x')},
    {200, {{"Content-Encoding", "br"}}, "text/plain", std::string(5000, 'x')},
};

BOOST_AUTO_TEST_CASE(leaves_alone_what_is_short_or_no_text_or_compressed) {
    for (auto response : left_alone) {
        const auto before = response;
        http::code(willing, response, false);
        BOOST_TEST((response.body == before.body));
        BOOST_TEST(response.headers.size() == before.headers.size());
    }
}

BOOST_AUTO_TEST_CASE(sends_as_it_is_what_does_not_become_smaller) {
    std::string noise;
    for (unsigned i = 0, seed = 1; i < 5000; ++i)
        noise += static_cast<char>((seed = seed * 1'103'515'245 + 12'345) >> 16);
    Response response{200, {}, "text/plain", noise};
    http::code(willing, response, false);
    BOOST_TEST((response.body == noise));
    BOOST_TEST(value(response, "Content-Encoding") == "none");
}

BOOST_AUTO_TEST_CASE(knows_its_own_tags_again) {
    http::Headers headers{{"If-None-Match", "\"a-gzip\", W/\"b-gzip\", \"c\""},
                          {"X", "\"d-gzip\""},
                          {"if-match", "\"e-gzip\""}};
    BOOST_TEST(http::unmark_tags(headers));
    BOOST_TEST(headers[0].second == "\"a\", W/\"b\", \"c\"");
    BOOST_TEST(headers[1].second == "\"d-gzip\"");
    BOOST_TEST(headers[2].second == "\"e\"");
    BOOST_TEST(!http::unmark_tags(headers));
}

BOOST_AUTO_TEST_CASE(answers_304_with_the_tag_that_the_client_has) {
    for (const bool marked : {false, true}) {
        Response response{304, {{"ETag", "\"a\""}}, "", ""};
        http::code(willing, response, marked);
        BOOST_TEST(value(response, "ETag") == (marked ? "\"a-gzip\"" : "\"a\""));
        BOOST_TEST(value(response, "Vary") == "Accept-Encoding");
    }
}

BOOST_AUTO_TEST_SUITE_END()
