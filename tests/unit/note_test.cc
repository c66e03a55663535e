#define BOOST_TEST_DYN_LINK
#include "drivers/note.hh"

#include "agent/base/error.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace bdata = boost::unit_test::data;
using namespace hv;

namespace {

MachineSpec full_spec() {
    MachineSpec spec;
    spec.title = "a <b> & \"c\" 'd'\n\te\r ";
    spec.owner = "anna";
    spec.arch = "x86_64";
    spec.cores = 3;
    spec.memory = 1'000'000'007;
    spec.shares = 9;
    spec.disks = {{Content::image,
                   "v1",
                   "o1",
                   5,
                   "",
                   "vda",
                   {{"/p/a b.qcow2", Format::qcow2}, {"/p/base", Format::raw}}},
                  {Content::swap, "v2", "", 6, "", "vdb", {{"/p/s", Format::raw}}},
                  {Content::filesystem, "v3", "", 7, "ext4", "vdc", {}},
                  {Content::storage, "v4", "", 8, "", "vde", {{"/p/d", Format::raw}}, "/srv"},
                  {Content::foreign, "", "", 0, "", "vdd", {}}};
    spec.nics = {{"n1", "52:54:00:00:00:01", Ipv4::parse("10.1.0.2"), "vnet0"},
                 {"", "52:54:00:00:00:02", {}, ""}};
    spec.notes = {{"key", "value\n<x>"}, {"empty", ""}, {"", "no key"}};
    return spec;
}

const std::vector<std::string> damaged{
    "<other/>",
    "<machine memory='1'/>",
    "<machine cores='-1' memory='1'/>",
    "<machine cores='99999999999' memory='1'/>",
    "<machine cores='1' memory='1'><disk content='odd' bytes='1'/></machine>",
    "<machine cores='1' memory='1'><disk content='swap'/></machine>",
    "<machine cores='1' memory='1'><disk content='swap' bytes='1'><layer path='/p' "
    "format='vmdk'/></disk></machine>",
    "<machine cores='1' memory='1'><nic address='10.1.0.300'/></machine>",
};

struct Embedded {
    std::string document;
    bool is_ours;
};

std::ostream& operator<<(std::ostream& out, const Embedded& e) { return out << e.document; }

const std::vector<Embedded> embedded{
    {"<d><metadata><machine xmlns='urn:occi-agent:machine:1'/></metadata></d>", true},
    {"<d><metadata><x:machine xmlns:x='urn:occi-agent:machine:1'/></metadata></d>", true},
    {"<d xmlns:x='urn:occi-agent:machine:1'><metadata><x:machine/></metadata></d>", true},
    {"<d><metadata xmlns:x='urn:occi-agent:machine:1'><other/><x:machine/></metadata></d>", true},
    {"<d><metadata><machine xmlns='urn:other'/><y:machine "
     "xmlns:y='urn:occi-agent:machine:1'/></metadata></d>",
     true},
    {"<d xmlns:x='urn:occi-agent:machine:1'><metadata><x:machine xmlns:x='urn:other'/></metadata></d>",
     false},
    {"<d><metadata><machine/></metadata></d>", false},
    {"<d><metadata><x:machine xmlns:x='urn:occi-agent:machine:10'/></metadata></d>", false},
    {"<d><metadata><x:note xmlns:x='urn:occi-agent:machine:1'/></metadata></d>", false},
};

} // namespace

BOOST_AUTO_TEST_SUITE(note)

BOOST_AUTO_TEST_CASE(gives_back_an_equal_spec) {
    BOOST_TEST((from_note(xml::parse(to_note(full_spec()))) == full_spec()));
}

BOOST_AUTO_TEST_CASE(gives_back_an_empty_spec) {
    BOOST_TEST((from_note(xml::parse(to_note(MachineSpec()))) == MachineSpec()));
}

BOOST_AUTO_TEST_CASE(is_read_under_another_prefix_and_among_white_space) {
    const auto read =
        from_note(xml::parse("<q:machine xmlns:q='urn:occi-agent:machine:1' memory='2' cores='1'>\n"
                             "  <q:nic mac='m'/>\n  <q:note value='v' key='k'/>\n</q:machine>"));
    MachineSpec expected;
    expected.memory = 2;
    expected.nics = {{"", "m", {}, ""}};
    expected.notes = {{"k", "v"}};
    BOOST_TEST((read == expected));
}

BOOST_AUTO_TEST_CASE(skips_what_it_does_not_know) {
    const auto read = from_note(xml::parse("<machine cores='1' memory='2' colour='red'><wheel/></machine>"));
    BOOST_TEST(read.memory == 2U);
}

BOOST_DATA_TEST_CASE(is_refused_when_damaged, bdata::make(damaged), document) {
    const auto element = xml::parse(document);
    BOOST_CHECK_EXCEPTION(from_note(element), Error,
                          [](const Error& e) { return e.fault() == Fault::invalid; });
}

BOOST_DATA_TEST_CASE(is_found_by_its_namespace, bdata::make(embedded), example) {
    const auto document = xml::parse(example.document);
    BOOST_TEST((find_note(*document.child("metadata"), document) != nullptr) == example.is_ours);
}

BOOST_AUTO_TEST_SUITE_END()
