#define BOOST_TEST_DYN_LINK
#include "tests/live/row.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

namespace live {
namespace {

std::vector<std::pair<std::string, std::string>>& rows() {
    static std::vector<std::pair<std::string, std::string>> all;
    return all;
}

struct Table {
    ~Table() {
        if (rows().empty()) return;
        std::ranges::sort(rows()); // tests run in any order
        std::size_t width = 0;
        for (const auto& [done, seen] : rows()) width = std::max(width, done.size());
        std::printf("\nwhat was done to the agent, and what was seen\n");
        for (const auto& [done, seen] : rows())
            std::printf("  %-*s | %s\n", static_cast<int>(width), done.c_str(), seen.c_str());
    }
};

BOOST_TEST_GLOBAL_FIXTURE(Table);

} // namespace

void row(const std::string& done, const std::string& seen) { rows().emplace_back(done, seen); }

} // namespace live
