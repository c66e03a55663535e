// The documents of the configuration are what its table says.
#define BOOST_TEST_DYN_LINK
#include "tests/golden/golden.hh"
#include "tests/golden/key_documents.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

// What stands from the end of `begin` to `end`, or to the end of the document, is written by the table.
struct Document {
    std::string file;
    std::string_view begin, end;
    std::string (*keys)();
    friend std::ostream& operator<<(std::ostream& out, const Document& one) { return out << one.file; }
};
const std::vector<Document> documents{
    {"etc/occi-agent.conf", "\n\n", "", key_documents::configuration},
    {"etc/man/occi-agent.conf.5", "ACCEPT=1 writes them\n", ".\\\" End of the keys\n", key_documents::manual},
    {"etc/doc/configuration.md", "ACCEPT=1 writes them -->\n\n", "", key_documents::markdown},
};

} // namespace

BOOST_AUTO_TEST_SUITE(key_documents)

BOOST_DATA_TEST_CASE(say_what_the_table_says, boost::unit_test::data::make(documents), one) {
    const auto text = golden::read(one.file);
    auto begin = text.find(one.begin);
    BOOST_REQUIRE(begin != text.npos);
    begin += one.begin.size();
    const auto end = one.end.empty() ? text.size() : text.find(one.end, begin);
    BOOST_REQUIRE(end != text.npos);
    golden::check(one.file, text.substr(0, begin) + one.keys() + text.substr(end));
}

BOOST_AUTO_TEST_SUITE_END()
