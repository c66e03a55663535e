// The program itself: its options, its exit codes, its configuration.
#define BOOST_TEST_DYN_LINK
#include "agent/base/process.hh"
#include "agent/base/text.hh"
#include "tests/support/agent_process.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

namespace data = boost::unit_test::data;

namespace {

process::Result run(const std::vector<std::string>& arguments) {
    return process::run(support::environment("OCCI_AGENT_BINARY"), arguments, std::chrono::seconds(20));
}

using Row = std::tuple<std::string, std::string>; // content, and what must be in the report, separated by '|'
const std::vector<Row> wrong = {
    {"[agent]\nstate=relative\n", ":2: "},
    {"[nothing]\n", ":1: |nothing"},
    {"[http]\nlisten=0.0.0.0:4567\n", ":2: |0.0.0.0:4567|until authentication is configured"},
    {"[http]\nlisten=somewhere\n[nothing]\n", ":2: |somewhere|:3: |nothing"},
    {"[compute]\ntype=vmware\ncolour=red\n", ":2: |vmware|:3: |colour"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(live_program)

BOOST_AUTO_TEST_CASE(tells_its_version_and_its_options) {
    BOOST_TEST(run({"--version"}).output.starts_with("occi-agent "));
    BOOST_TEST(run({"--help"}).output.find("--check-config") != std::string::npos);
    BOOST_TEST(run({"--help"}).status == 0);
}

BOOST_AUTO_TEST_CASE(refuses_options_it_does_not_have) {
    for (const auto* word : {"--nothing", "-x", "stray", "--config"}) {
        const auto refused = run({word});
        BOOST_TEST(refused.status == 64);
        BOOST_TEST(refused.output.find("occi-agent --help") != std::string::npos, refused.output);
    }
}

BOOST_AUTO_TEST_CASE(refuses_a_configuration_file_that_is_not_there) {
    const auto result = run({"--config", "/nonexistent/agent.conf"});
    BOOST_TEST(result.status == 78);
    BOOST_TEST(result.output.find("/nonexistent/agent.conf") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(takes_the_shipped_configuration) {
    support::TempFolder folder;
    const auto path = folder.path() / "agent.conf";
    std::filesystem::copy_file("etc/occi-agent.conf", path);
    // The pool of that one here is where tests have it, which is a fault by right.
    std::filesystem::create_directory(folder.path() / "agent.conf.d");
    std::ofstream(folder.path() / "agent.conf.d" / "libvirt.conf") << "[libvirt]\nuri=test:///default\n";
    const auto result = run({"--config", path, "--check-config"});
    BOOST_TEST(result.status == 0, result.output);
}

BOOST_DATA_TEST_CASE(names_every_fault_of_a_configuration_with_its_line, data::make(wrong), content, words) {
    support::TempFolder folder;
    const auto path = folder.path() / "agent.conf";
    std::ofstream(path) << content;
    for (const auto& arguments : {std::vector<std::string>{"--config", path, "--check-config"},
                                  std::vector<std::string>{"--config", path}}) {
        const auto result = run(arguments);
        BOOST_TEST(result.status == 78);
        for (const auto& word : text::split(words, '|'))
            BOOST_TEST_CONTEXT(result.output) BOOST_TEST(result.output.find(word) != std::string::npos);
    }
}

// Issue 11, 16: it would have started, and only the log would have known.
BOOST_AUTO_TEST_CASE(finds_what_stands_in_the_way_of_a_start) {
    support::TempFolder folder;
    const auto path = folder.path() / "agent.conf";
    std::ofstream(folder.path() / "file") << "x";
    const auto here = folder.path().string();
    const std::vector<Row> rows = {
        {"[agent]\nstate=" + here + "/file\n", ":2: |no folder"},
        {"[storage]\npath=" + here + "/file/below\n", ":2: |no folder"},
        {"[storage]\nimport_from=" + here + "/missing\n", ":2: |is not there: make it"},
        {"[http]\nlisten=unix:" + here + "/missing/socket\n", ":2: |the folder |is not there: make it"},
        {"[http]\nlisten=127.0.0.1:0\n[tls]\ncertificate=" + here + "/file\nkey=" + here + "/file\n", ":4: "},
    };
    for (const auto& [content, words] : rows) {
        std::ofstream(path) << content;
        const auto result = run({"--config", path, "--check-config"});
        BOOST_TEST_CONTEXT(content << result.output) {
            BOOST_TEST(result.status == 78);
            for (const auto& word : text::split(words, '|'))
                BOOST_TEST(result.output.find(word) != std::string::npos, word);
        }
    }
}

BOOST_AUTO_TEST_CASE(finds_a_pool_of_our_name_elsewhere) {
    support::AgentProcess agent; // whose pool libvirt has
    support::TempFolder folder;
    const auto path = folder.path() / "agent.conf";
    std::ofstream(path) << "[storage]\npath=" + folder.path().string() + "/volumes\n";
    const auto result = run({"--config", path, "--check-config"});
    BOOST_TEST(result.status == 78, result.output);
    BOOST_TEST(result.output.find(":2: the storage pool \"occi\" of libvirt is in \"" +
                                  std::string(support::AgentProcess::pool)) != std::string::npos,
               result.output);
}

BOOST_AUTO_TEST_CASE(ends_well_when_it_is_told_to) {
    support::AgentProcess agent;
    BOOST_TEST(agent.end(15) == 0);
    BOOST_TEST(agent.log().find("every local user is an administrator") != std::string::npos);
    BOOST_TEST(agent.log().find("machines of type") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(takes_all_the_file_descriptors_that_it_may_have) {
    support::AgentProcess agent;
    std::ifstream limits("/proc/" + std::to_string(agent.pid()) + "/limits");
    std::string line, soft, hard;
    while (std::getline(limits, line))
        if (line.starts_with("Max open files")) std::istringstream(line.substr(14)) >> soft >> hard;
    BOOST_TEST(soft != "");
    BOOST_TEST(soft == hard);
}

BOOST_AUTO_TEST_CASE(does_not_share_its_state_directory) {
    support::AgentProcess agent;
    const auto result = run({"--config", (agent.folder() / "agent.conf").string()});
    BOOST_TEST(result.status == 69);
    BOOST_TEST_CONTEXT(result.output)
    BOOST_TEST(result.output.find("another agent uses the state directory") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
