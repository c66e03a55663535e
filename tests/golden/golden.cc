#define BOOST_TEST_DYN_LINK
#include "tests/golden/golden.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace golden {
namespace {

bool accepting() {
    const char* accept = std::getenv("ACCEPT");
    return accept && std::string_view(accept) == "1";
}

} // namespace

std::filesystem::path folder() {
    const char* tests = std::getenv("OCCI_AGENT_TESTS");
    return std::filesystem::path(tests ? tests : "tests") / "golden";
}

std::vector<std::string> cases(const std::string& suite) {
    std::vector<std::string> names;
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(folder() / suite, absent))
        if (entry.is_directory()) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
}

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

void check(const std::filesystem::path& expected, const std::string& got) {
    const bool there = std::filesystem::exists(expected);
    const auto wanted = there ? read(expected) : std::string();
    if (accepting() && (!there || wanted != got)) {
        std::filesystem::create_directories(expected.parent_path());
        std::ofstream(expected, std::ios::binary) << got;
        BOOST_TEST_MESSAGE("rewritten: " << expected);
        return;
    }
    BOOST_TEST(there, expected << " is missing; ACCEPT=1 makes it");
    BOOST_TEST(got == wanted, expected << " differs:\n" << got << "is not\n" << wanted);
}

} // namespace golden
