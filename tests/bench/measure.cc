#include "tests/bench/measure.hh"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace bench {

double percentile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    const auto index = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    return values[index];
}

double median(std::vector<double> values) { return percentile(std::move(values), 0.5); }

double seconds(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Pair interleaved(int rounds, const std::function<double()>& ours, const std::function<double()>& theirs) {
    std::vector<double> first, second;
    for (int round = 0; round < rounds; ++round) {
        first.push_back(ours());
        second.push_back(theirs());
    }
    return {median(first), median(second)};
}

void print(const std::string& name, Pair pair, const std::string& unit, const std::string& theirs_are,
           const std::string& goal) {
    std::printf("%-46s %10.3f %-5s | %-34s %10.3f %-5s | ratio %8.3f%s%s\n", name.c_str(), pair.ours,
                unit.c_str(), theirs_are.c_str(), pair.theirs, unit.c_str(), pair.ours / pair.theirs,
                goal.empty() ? "" : "  goal ", goal.c_str());
    std::fflush(stdout);
}

} // namespace bench
