#include "tests/bench/wrk.hh"

#include "agent/base/process.hh"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace bench {
namespace {

constexpr std::string_view rate_mark = "Requests/sec:";

} // namespace

double wrk(const std::string& url, unsigned connections, unsigned seconds, const std::string& header) {
    const auto program = process::find("wrk");
    if (!program) throw std::runtime_error("wrk is not installed");
    const auto patience = std::chrono::seconds(seconds) + std::chrono::seconds(30);
    std::vector<std::string> words{"--threads",     "1",
                                   "--connections", std::to_string(connections),
                                   "--duration",    std::to_string(seconds) + "s",
                                   "--timeout",     "30s"};
    if (!header.empty()) words.insert(words.end(), {"--header", header});
    words.push_back(url);
    const auto result = process::run(*program, words, patience);
    const auto at = result.output.find(rate_mark);
    if (result.status != 0 || at == result.output.npos) throw std::runtime_error("wrk: " + result.output);
    if (result.output.find("Non-2xx") != result.output.npos)
        throw std::runtime_error(url + " is refused: " + result.output);
    return std::strtod(result.output.c_str() + at + rate_mark.size(), nullptr);
}

} // namespace bench
