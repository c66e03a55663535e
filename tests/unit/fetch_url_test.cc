#define BOOST_TEST_DYN_LINK
#include "agent/fetch/url.hh"

#include "agent/base/error.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace data = boost::unit_test::data;
using fetch::Url;

namespace {

const char* const no_urls[] = {"",
                               "idp.example",
                               "file:///etc/passwd",
                               "ftp://a.example/",
                               "gopher://a.example/",
                               "javascript:1",
                               "https://",
                               "https://user@a.example/",
                               "https://user:secret@a.example/",
                               "https://a.example./",
                               "https://a.example/ b",
                               "https://a.example/\r\nX: y",
                               "https://a.ex\xc3\xa4mple/",
                               "https://[fe80::1%25eth0]/",
                               "https://a.example:99999/",
                               "https://a.example:x/",
                               "https://[::1/"};

struct Literal {
    const char* url;
    const char* host;
};
std::ostream& operator<<(std::ostream& out, const Literal& literal) { return out << literal.url; }
// What some read as a name is an address to others: curl and we must agree.
const Literal literals[] = {{"http://127.1/", "127.0.0.1"},      {"http://0x7f000001/", "127.0.0.1"},
                            {"http://2130706433/", "127.0.0.1"}, {"http://0177.0.0.1/", "127.0.0.1"},
                            {"http://[::1]:80/", "::1"},         {"http://EXAMPLE.org/", "example.org"},
                            {"http://127%2e0.0.1/", "127.0.0.1"}};

std::string refusal_of(const std::string& text) {
    try {
        Url::parse(text);
    } catch (const Error& failure) {
        BOOST_TEST((failure.fault() == Fault::invalid));
        return failure.what();
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(fetch_url)

BOOST_AUTO_TEST_CASE(has_its_parts) {
    const auto url = Url::parse("HTTPS://Idp.Example:8443/a/b?c=d#e");
    BOOST_TEST(url.scheme == "https");
    BOOST_TEST(url.host == "idp.example");
    BOOST_TEST(url.port == "8443");
    BOOST_TEST(url.whole.find('#') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(has_the_port_of_its_scheme) {
    BOOST_TEST(Url::parse("https://a.example/").port == "443");
    BOOST_TEST(Url::parse("http://a.example/").port == "80");
}

BOOST_DATA_TEST_CASE(refuses_what_is_no_url_of_http, data::make(no_urls), text) {
    BOOST_TEST(!refusal_of(text).empty());
}

BOOST_DATA_TEST_CASE(takes_an_address_however_it_is_written, data::make(literals), literal) {
    BOOST_TEST(Url::parse(literal.url).host == literal.host);
}

BOOST_AUTO_TEST_CASE(follows_a_relative_reference) {
    const auto base = Url::parse("https://a.example/b/c?d");
    BOOST_TEST(Url::parse("/e", &base).whole == "https://a.example/e");
    BOOST_TEST(Url::parse("e", &base).whole == "https://a.example/b/e");
    BOOST_TEST(Url::parse("//f.example/e", &base).host == "f.example");
}

BOOST_AUTO_TEST_CASE(is_shown_without_what_may_be_secret) {
    BOOST_TEST(Url::parse("https://a.example/b?token=hush").shown() == "https://a.example/b");
    BOOST_TEST(refusal_of("https://user:hush@a.example/").find("hush") == std::string::npos);
    BOOST_TEST(refusal_of("ftp://a.example/?hush").find("hush") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(has_an_origin_of_scheme_host_and_port) {
    const auto url = Url::parse("https://a.example/b");
    BOOST_TEST(url.has_origin_of(Url::parse("https://A.example:443/c")));
    BOOST_TEST(!url.has_origin_of(Url::parse("http://a.example/b")));
    BOOST_TEST(!url.has_origin_of(Url::parse("https://a.example:8443/b")));
    BOOST_TEST(!url.has_origin_of(Url::parse("https://b.example/b")));
}

BOOST_AUTO_TEST_SUITE_END()
