// Raw bytes in, raw bytes out: each file below tests/wire/raw is a case, and README.md has their format.
#define BOOST_TEST_DYN_LINK
#include "tests/support/agent_under_test.hh"
#include "tests/wire/player.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

using wire::Stream;

// What carries the bytes. Every case is played over each of them.
struct Carrier {
    const char* name;
    std::unique_ptr<Stream> (*connect)(const support::AgentUnderTest&);
    friend std::ostream& operator<<(std::ostream& out, const Carrier& one) { return out << one.name; }
};
const std::array carriers{
    Carrier{"tcp",
            [](const support::AgentUnderTest& agent) { return wire::connect_tcp(agent.client().port()); }},
    Carrier{"unix",
            [](const support::AgentUnderTest& agent) { return wire::connect_unix(agent.socket_path()); }},
    Carrier{"tls", [](const support::AgentUnderTest& agent) {
                return wire::connect_tls(agent.secure_port(), agent.authority());
            }}};
static_assert(carriers.size() == wire::carriers.size());

std::filesystem::path folder() {
    const char* tests = std::getenv("OCCI_AGENT_TESTS");
    return std::filesystem::path(tests ? tests : "tests") / "wire" / "raw";
}

// GROUP/NAME of each, sorted.
std::vector<std::string> cases() {
    std::vector<std::string> names;
    std::error_code absent;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder(), absent))
        if (entry.is_regular_file()) names.push_back(entry.path().lexically_relative(folder()));
    std::ranges::sort(names);
    return names;
}

// The agent of all cases that need no limits of their own, as starting one costs more than most cases.
std::unique_ptr<support::AgentUnderTest> shared; // NOLINT: made and ended by the suite

struct SharedAgent {
    void setup() { shared = std::make_unique<support::AgentUnderTest>(); }
    void teardown() { shared.reset(); }
};

// What a script finds wrong.
std::string complaint_of(const std::string& script) {
    return wire::play(wire::parse_script("a script", script),
                      [] { return wire::connect_tcp(shared->client().port()); })
        .value_or("");
}

} // namespace

BOOST_AUTO_TEST_SUITE(wire_raw, *boost::unit_test::fixture<SharedAgent>())

BOOST_AUTO_TEST_CASE(there_are_cases) { BOOST_TEST(!cases().empty(), "there is nothing below " << folder()); }

BOOST_DATA_TEST_CASE(goes_as_written, data::make(cases()) * data::make(carriers), name, carrier) {
    const auto script = wire::read_script(folder() / name);
    BOOST_TEST_REQUIRE(!script.steps.empty());
    if (std::ranges::find(script.not_over, carrier.name) != script.not_over.end()) return;
    std::unique_ptr<support::AgentUnderTest> own;
    if (script.limits)
        own = std::make_unique<support::AgentUnderTest>(support::AgentUnderTest::quick_settings(),
                                                        *script.limits);
    const auto complaint = wire::play(script, [&] { return carrier.connect(own ? *own : *shared); });
    BOOST_TEST(!complaint, name << " over " << carrier << ": " << complaint.value_or(""));
}

// ---- the player itself: it must be able to complain -----------------------------------------------------------------

struct Lie {
    const char* script;
    const char* complaint;
    friend std::ostream& operator<<(std::ostream& out, const Lie& one) { return out << one.complaint; }
};
const std::string asked = "> GET / HTTP/1.1\n> Host: localhost\n>\n";
const std::array lies{
    Lie{"< HTTP/1.1 404 Not Found\n", "line 4: the answer is \"HTTP/1.1 200 OK\""},
    Lie{"< HTTP/1.1 200 OK\n<+ Content-Type: text/plain\n", "line 5: Content-Type is"},
    Lie{"< HTTP/1.1 200 OK\n<+ Location: *\n", "line 5: the answer has 0 headers Location"},
    Lie{"< HTTP/1.1 200 OK\n<- Content-Type\n", "line 5: the answer has the header Content-Type"},
    Lie{"< HTTP/1.1 200 OK\n<= nothing\n", "line 5: the body is"},
    Lie{"< HTTP/1.1 200 OK\n<~ no such thing\n", "line 5: the body is"},
    Lie{"< HTTP/1.1 200 OK\n<! COLLECTIONS\n", "line 5: the body is"},
    Lie{"open\n", "line 4: one more request is answered with \"HTTP/1.1 200 OK\""},
    Lie{"end sending\nclosed\n", "line 5: before the end came"},
    Lie{"end sending\n< HTTP/1.1 200 OK\nclosed\n", "line 6: the last answer did not say"},
    Lie{"end sending\n< HTTP/1.1 200 OK\n< HTTP/1.1 200 OK\n", "line 6: the connection ends"}};

BOOST_DATA_TEST_CASE(complains_when_it_goes_otherwise, data::make(lies), lie) {
    const auto complaint = complaint_of(asked + lie.script);
    BOOST_TEST(complaint.starts_with(lie.complaint), complaint);
}

BOOST_DATA_TEST_CASE(refuses_a_line_that_it_does_not_know,
                     data::make({"GET /", "<? x", "> \\q", "> \\x1", "limit doors 4", "limit streams",
                                 "not over wires", "<+ Content-Type", "on slow*many"}),
                     line) {
    BOOST_CHECK_THROW(wire::parse_script("a script", line), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
