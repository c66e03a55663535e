#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

std::string times(std::size_t count, const std::string& piece) {
    std::string all;
    all.reserve(count * piece.size());
    for (std::size_t i = 0; i < count; ++i) all += piece;
    return all;
}

// What the reader says against `document`; "good" when nothing.
std::string verdict(const std::string& document, const xml::Limits& limits = {},
                    Fault expected = Fault::invalid) {
    try {
        xml::parse(document, limits);
        return "good";
    } catch (const Error& failure) {
        BOOST_TEST((failure.fault() == expected));
        return failure.what();
    }
}

struct Case {
    std::string document, sentence;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << text::printable(c.document); }

const std::string billion_laughs = R"(<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]>
<lolz>&lol3;</lolz>)";

const std::vector<Case> refused{
    {"", "line 1: no element found"},
    {" ", "line 1: no element found"},
    {"\n\n", "line 3: no element found"},
    {"plain", "line 1: syntax error"},
    {"<a>", "line 1: no element found"},
    {"<a>\n<b>\n</a>", "line 3: mismatched tag"},
    {"</a>", "line 1: not well-formed (invalid token)"},
    {"<a/><b/>", "line 1: junk after document element"},
    {"<a/>text", "line 1: junk after document element"},
    {"<a b='1' b='2'/>", "line 1: duplicate attribute"},
    {"<a b=1/>", "line 1: not well-formed (invalid token)"},
    {"<a>&nbsp;</a>", "line 1: undefined entity"},
    {"<a>&#0;</a>", "line 1: reference to invalid character number"},
    {"<a>&#xD800;</a>", "line 1: reference to invalid character number"},
    {"<a>\0</a>"s, "line 1: not well-formed (invalid token)"},
    {"<a>\x01</a>", "line 1: not well-formed (invalid token)"},
    {"<a>\xc0\xaf</a>", "line 1: not well-formed (invalid token)"},
    {"<a>\xed\xa0\x80</a>", "line 1: not well-formed (invalid token)"},
    {"<a>\xff</a>", "line 1: not well-formed (invalid token)"},
    {"<a>\xef\xbf\xbf</a>", "line 1: not well-formed (invalid token)"},
    {"<a><![CDATA[x</a>", "line 1: unclosed CDATA section"},
    {"<!DOCTYPE a>\n<a/>", "line 1: a DTD is not allowed"},
    {"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "line 1: a DTD is not allowed"},
    {"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "line 1: a DTD is not allowed"},
    {"<!DOCTYPE a [<!ENTITY % x SYSTEM \"http://127.0.0.1/\"> %x;]><a/>", "line 1: a DTD is not allowed"},
    {billion_laughs, "line 2: a DTD is not allowed"},
    {"<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
     "line 1: the encoding ISO-8859-1 is not supported, only UTF-8"},
    {"<?xml version='1.0' encoding='UTF-7'?><a/>", "line 1: the encoding UTF-7 is not supported, only UTF-8"},
    {"<?xml version='1.0' encoding='UTF-16'?><a/>",
     "line 1: the encoding UTF-16 is not supported, only UTF-8"},
    {"\xff\xfe<\0a\0/\0>\0"s, "line 1: the encoding UTF-16 is not supported, only UTF-8"},
    {"\xfe\xff\0<\0a\0/\0>"s, "line 1: the encoding UTF-16 is not supported, only UTF-8"},
    {"<\0a\0/\0>\0"s, "line 1: the encoding UTF-16 is not supported, only UTF-8"},
    {"\0<\0a\0/\0>"s, "line 1: the encoding UTF-16 is not supported, only UTF-8"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(xml_reader)

BOOST_AUTO_TEST_CASE(makes_a_tree) {
    const auto root = xml::parse(
        "<?xml version='1.0' encoding='utf-8'?>\n<!-- x --><COMPUTE href='/c/1'>"
        "<ID> 1\n</ID><DISK id='0'/><DISK id='1'/><n:x xmlns:n='urn:x'>a<![CDATA[<b>]]>c</n:x></COMPUTE>");
    BOOST_TEST(root.name == "COMPUTE");
    BOOST_REQUIRE(root.attribute("href") != nullptr);
    BOOST_TEST(*root.attribute("href") == "/c/1");
    BOOST_TEST(root.attribute("id") == nullptr);
    BOOST_TEST(root.child_text("ID") == "1");
    BOOST_TEST(root.child_text("NONE") == "");
    BOOST_TEST(root.all("DISK").size() == 2u);
    BOOST_TEST(*root.child("DISK")->attribute("id") == "0");
    BOOST_TEST(root.child_text("n:x") == "a<b>c");
}

BOOST_AUTO_TEST_CASE(finds_by_path) {
    const auto root = xml::parse("<domain><devices><disk><source file='x'/></disk></devices></domain>");
    BOOST_REQUIRE(root.find("devices/disk/source") != nullptr);
    BOOST_TEST(*root.find("devices/disk/source")->attribute("file") == "x");
    BOOST_TEST(root.find("devices/nic") == nullptr);
    BOOST_TEST(root.find("devices/nic/source") == nullptr);
    BOOST_TEST(root.find("") == nullptr);
}

BOOST_AUTO_TEST_CASE(joins_text_around_children_and_resolves_the_five_entities) {
    const auto root = xml::parse("<a>x&lt;<b>inner</b>&amp;&gt;&quot;&apos;&#xfc;</a>");
    BOOST_TEST(root.text == "x<&>\"'\xc3\xbc");
}

BOOST_AUTO_TEST_CASE(reads_a_byte_order_mark_and_ascii) {
    BOOST_TEST(verdict("\xef\xbb\xbf<a/>") == "good");
    BOOST_TEST(verdict("<?xml version='1.0' encoding='us-ascii'?><a/>") == "good");
}

BOOST_DATA_TEST_CASE(refuses_and_says_where, data::make(refused)) {
    BOOST_TEST(verdict(sample.document) == sample.sentence);
}

BOOST_AUTO_TEST_CASE(reads_up_to_each_limit_and_no_further) {
    xml::Limits limits;
    limits.depth = 3;
    BOOST_TEST(verdict("<a><b><c/></b></a>", limits) == "good");
    BOOST_TEST(verdict("<a><b><c><d/></c></b></a>", limits) == "line 1: nested deeper than 3 elements");
    limits = {};
    limits.elements = 3;
    BOOST_TEST(verdict("<a><b/><b/></a>", limits) == "good");
    BOOST_TEST(verdict("<a><b/><b/>\n<b/></a>", limits) == "line 2: more than 3 elements");
    limits = {};
    limits.attributes = 2;
    BOOST_TEST(verdict("<a b='' c=''/>", limits) == "good");
    BOOST_TEST(verdict("<a b='' c='' d=''/>", limits) == "line 1: more than 2 attributes in <a>");
    limits = {};
    limits.text = 4;
    BOOST_TEST(verdict("<a>ab<b>1234</b>cd</a>", limits) == "good");
    BOOST_TEST(verdict("<a>ab<b/>cde</a>", limits) == "line 1: more than 4 bytes of text in <a>");
    limits = {};
    limits.bytes = 4;
    BOOST_TEST(verdict("<a/>", limits) == "good");
    BOOST_TEST(verdict("<ab/>", limits, Fault::too_large) == "the XML document has 5 bytes, more than 4");
}

BOOST_AUTO_TEST_CASE(survives_ten_thousand_open_elements) {
    BOOST_TEST(verdict(times(10'000, "<a>")) == "line 1: nested deeper than 32 elements");
}

BOOST_AUTO_TEST_CASE(survives_two_million_nested_elements) {
    xml::Limits limits;
    limits.bytes = 64u << 20;
    const auto document = times(2'000'000, "<a>") + times(2'000'000, "</a>");
    BOOST_TEST(verdict(document, limits) == "line 1: nested deeper than 32 elements");
}

BOOST_AUTO_TEST_CASE(refuses_a_hundred_megabytes_unread) {
    const std::string document(100u << 20, '<');
    BOOST_TEST(verdict(document, {}, Fault::too_large) ==
               "the XML document has 104857600 bytes, more than 1048576");
}

BOOST_AUTO_TEST_CASE(counts_text_that_comes_in_many_pieces) {
    xml::Limits limits;
    limits.text = 1000;
    BOOST_TEST(verdict("<a>" + times(1001, "&lt;") + "</a>", limits) ==
               "line 1: more than 1000 bytes of text in <a>");
}

BOOST_AUTO_TEST_CASE(keeps_hostile_names_out_of_its_sentences) {
    xml::Limits limits;
    limits.attributes = 0;
    const auto sentence = verdict("<a\xe2\x80\xae" + std::string(300, 'x') + " b=''/>", limits);
    BOOST_TEST(sentence.find('\xe2') == std::string::npos);
    BOOST_TEST(sentence.size() < 200u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(xml_writer)

BOOST_AUTO_TEST_CASE(writes_without_white_space) {
    xml::Writer out;
    out.open("DISK")
        .attribute("href", "/storage/1")
        .leaf("ID", "1")
        .leaf("NAME", "")
        .open("A")
        .text("x")
        .text("y")
        .close()
        .close();
    BOOST_TEST(out.take() == "<DISK href=\"/storage/1\"><ID>1</ID><NAME/><A>xy</A></DISK>");
}

BOOST_AUTO_TEST_CASE(escapes_so_that_the_reader_gets_it_back) {
    const std::string hostile = "]]> <a b=\"c\">&amp;'\t\r\n \xf0\x9f\x98\x80";
    xml::Writer out;
    out.open("A").attribute("b", hostile).text(hostile).close();
    const auto root = xml::parse(out.take());
    BOOST_TEST(root.text == hostile);
    BOOST_TEST(*root.attribute("b") == hostile);
}

BOOST_AUTO_TEST_CASE(starts_anew_once_taken) {
    xml::Writer out;
    out.leaf("A", "1");
    BOOST_TEST(out.take() == "<A>1</A>");
    BOOST_TEST(out.leaf("B", "2").take() == "<B>2</B>");
}

BOOST_DATA_TEST_CASE(throws_rather_than_write_what_no_reader_takes,
                     data::make(std::vector<std::string>{"\0"s, "\x1b", "\xff", "\xc0\xaf", "\xed\xa0\x80",
                                                         "\xef\xbf\xbe"})) {
    xml::Writer out;
    out.open("A");
    BOOST_CHECK_THROW(out.text(sample), Error);
    BOOST_CHECK_THROW(out.attribute("b", sample), Error);
}

BOOST_AUTO_TEST_CASE(throws_when_it_is_used_out_of_order) {
    xml::Writer out;
    BOOST_CHECK_THROW(out.close(), Error);
    BOOST_CHECK_THROW(out.text("x"), Error);
    BOOST_CHECK_THROW(out.attribute("a", "b"), Error);
    out.open("A");
    BOOST_CHECK_THROW(out.take(), Error);
    out.text("x");
    BOOST_CHECK_THROW(out.attribute("a", "b"), Error);
}

BOOST_AUTO_TEST_SUITE_END()
