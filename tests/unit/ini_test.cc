#define BOOST_TEST_DYN_LINK
#include "agent/base/ini.hh"
#include "agent/base/text.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <ostream>

namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

// The whole document on one line: "[a] k=v k=v [b]".
std::string shown(const ini::Document& document) {
    std::string all;
    for (const auto& section : document.sections) {
        all += "[" + section.name + "] ";
        for (const auto& entry : section.entries)
            all += entry.key + "=" + entry.value + "@" + entry.origin + " ";
    }
    return all;
}

std::string problems_of(const ini::Document& document) {
    std::string all;
    for (const auto& problem : document.problems) all += problem + "|";
    return all;
}

struct Case {
    std::string content, outcome;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << text::printable(c.content); }

const std::vector<Case> accepted{
    {"", ""},
    {"\n\n# only\n; comments\n", ""},
    {"[a]\nk = v\n", "[a] k=v@F:2 "},
    {"[a]\nk=v", "[a] k=v@F:2 "},
    {"[a]\r\nk = v\r\n", "[a] k=v@F:2 "},
    {"\xef\xbb\xbf[a]\nk = v\n", "[a] k=v@F:2 "},
    {"[a]\nk: v\n", "[a] k=v@F:2 "},
    {"[a]\nk =\n", "[a] k=@F:2 "},
    {"[a]\nk = v = w : x\n", "[a] k=v = w : x@F:2 "},
    {"[a]\nk = http://h/;x#y\n", "[a] k=http://h/;x#y@F:2 "},
    {"[a]\nk = \"v\"\n", "[a] k=\"v\"@F:2 "},
    {"[empty]\n[a]\nk = v\n[empty too]\n", "[empty] [a] k=v@F:3 [empty too] "},
    {"[a]\nk = 1\n[b]\n[a]\nk = 2\n", "[a] k=1@F:2 [b] [a] k=2@F:5 "},
    // inih would join the second line to the value before.
    {"[a]\nk = v\n  l = w\n", "[a] k=v@F:2 l=w@F:3 "},
    {"  [a]\n\tk = v\n", "[a] k=v@F:2 "},
    {"[a]\n  # k = v\n", "[a] "},
    {"[a]\nk = " + std::string(186, 'v'), "[a] k=" + std::string(186, 'v') + "@F:2 "},
    {"[a]\n" + std::string(49, 'k') + " = v\n", "[a] " + std::string(49, 'k') + "=v@F:2 "},
    {"[" + std::string(49, 'a') + "]\nk = v\n", "[" + std::string(49, 'a') + "] k=v@F:2 "},
    {"[a]\nk = M\xc3\xbcller\n", "[a] k=M\xc3\xbcller@F:2 "},
};

const std::vector<Case> refused{
    {"k = v\n", "F:1: \"k\" is outside of a section|"},
    {"[a]\nk\n", "F:2: this is no setting: KEY = VALUE is missing|"},
    {"[a]\n= v\n", "F:2: this is no setting: KEY = VALUE is missing|"},
    {"[a]\nk = v ; comment\n", "F:2: a comment must have a line of its own|"},
    {"[a]\nk = v # comment\n", "F:2: a comment must have a line of its own|"},
    {"[a]\nk = ;\n", "F:2: a comment must have a line of its own|"},
    {"[a]\nk = " + std::string(187, 'v'), "F:2: the line has more than 190 bytes|"},
    {"[a]\nk = " + std::string(300, 'v') + "\nl = w\n", "F:2: the line has more than 190 bytes|"},
    {"[a]\n#" + std::string(300, 'v'), "F:2: the line has more than 190 bytes|"},
    {"[a]\n" + std::string(50, 'k') + " = v\n", "F:2: the key has more than 49 bytes|"},
    {"[" + std::string(50, 'a') + "]\n", "F:1: the heading has more than 49 bytes|"},
    {"[a]\nk = v\0w\n"s, "F:2: the line has a control character|"},
    {"[a]\n\0k = v\n"s, "F:2: the line has a control character|"},
    {"\0"s, "F:1: the line has a control character|"},
    {"[a]\nk = v\x1b[31m\n", "F:2: the line has a control character|"},
    {"[a]\nk = v\rl = w\n", "F:2: the line has a control character|"},
    {"[a]\nk = \xff\n", "F:2: the line is not UTF-8|"},
    {"[a]\nk = \xc0\xaf\n", "F:2: the line is not UTF-8|"},
    {"[a\n", "F:1: a heading is [NAME] and nothing behind it|"},
    {"[]\n", "F:1: a heading is [NAME] and nothing behind it|"},
    {"[\n", "F:1: a heading is [NAME] and nothing behind it|"},
    {"[a] k = v\n", "F:1: a heading is [NAME] and nothing behind it|"},
    {"[a] # comment\n", "F:1: a heading is [NAME] and nothing behind it|"},
    {"[a]]\n", "F:1: a heading is [NAME] and nothing behind it|"},
    {"[[a]\n", "F:1: a heading is [NAME] and nothing behind it|"},
    {"[a ;]\n", "F:1: a heading is [NAME] and nothing behind it|"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(ini_reader)

BOOST_DATA_TEST_CASE(takes_every_line_as_it_stands, data::make(accepted)) {
    const auto document = ini::parse(sample.content, "F");
    BOOST_TEST(problems_of(document) == "");
    BOOST_TEST(shown(document) == sample.outcome);
}

BOOST_DATA_TEST_CASE(says_what_is_wrong_and_where, data::make(refused)) {
    BOOST_TEST(problems_of(ini::parse(sample.content, "F")) == sample.outcome);
}

BOOST_AUTO_TEST_CASE(goes_on_after_a_fault) {
    const auto document =
        ini::parse("x = 1\n[a]\nbad\nk = v\n" + std::string(300, 'z') + "\nl = w ; x\n[b]\nm = n\n", "F");
    BOOST_TEST(document.problems.size() == 4u);
    BOOST_TEST(shown(document) == "[a] k=v@F:4 [b] m=n@F:8 ");
}

BOOST_AUTO_TEST_CASE(hides_what_stands_under_a_faulty_heading) {
    for (const auto& heading : {"[b"s, "[" + std::string(300, 'b') + "]", "[\xff]"s, "[b] x"s}) {
        const auto document = ini::parse("[a]\nk = 1\n" + heading + "\nk = 2\n[c]\nk = 3\n", "F");
        BOOST_TEST(document.problems.size() == 1u);
        BOOST_TEST(shown(document) == "[a] k=1@F:2 [c] k=3@F:6 ");
    }
}

BOOST_AUTO_TEST_CASE(reads_a_file_and_says_what_cannot_be_read) {
    const support::TempFolder folder;
    const auto file = folder.path() / "x.conf";
    std::ofstream(file) << "[a]\nk = v\n";
    BOOST_TEST(shown(ini::read(file)) == "[a] k=v@" + file.string() + ":2 ");
    BOOST_TEST(problems_of(ini::read(folder.path() / "none")) ==
               (folder.path() / "none").string() + ": cannot be read: No such file or directory|");
    BOOST_TEST(problems_of(ini::read(folder.path())) ==
               folder.path().string() + ": cannot be read: Is a directory|");
    std::ofstream(file) << std::string((1 << 20) + 1, '\n');
    BOOST_TEST(problems_of(ini::read(file)) == file.string() + ": cannot be read: File too large|");
}

BOOST_AUTO_TEST_SUITE_END()
