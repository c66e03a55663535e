#include "tests/bench/measure.hh"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fmt/core.h>
#include <future>

namespace bench {
namespace {

std::string range_of(const std::vector<double>& values) {
    if (values.size() < 2) return "";
    const auto [lowest, highest] = std::ranges::minmax(values);
    return fmt::format(" ({:.3g} to {:.3g})", lowest, highest);
}

std::string verdict(const std::optional<Goal>& goal, double ours, double ratio) {
    if (!goal) return "";
    const bool of_ratio = goal->of == Goal::Of::ratio;
    const auto figure = of_ratio ? ratio : ours;
    const bool met = goal->is_least ? figure >= goal->bound : figure <= goal->bound;
    return fmt::format("  goal {}: {}at {} {:.3g}", met ? "met" : "missed", of_ratio ? "ratio " : "",
                       goal->is_least ? "least" : "most", goal->bound);
}

void put(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
}

} // namespace

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
    Pair pair;
    for (int round = 0; round < rounds; ++round) {
        pair.ours.push_back(ours());
        pair.theirs.push_back(theirs());
    }
    return pair;
}

void side_by_side(int count, const std::function<void(int)>& work) {
    std::vector<std::future<void>> all;
    for (int index = 0; index < count; ++index) all.push_back(std::async(std::launch::async, work, index));
    for (auto& each : all) each.wait();
    for (auto& each : all) each.get();
}

void print(const std::string& name, const Pair& pair, const std::string& unit, const std::string& theirs_are,
           std::optional<Goal> goal) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < pair.ours.size(); ++round)
        ratios.push_back(pair.ours[round] / pair.theirs[round]);
    const auto ours = median(pair.ours), theirs = median(pair.theirs);
    put(fmt::format("{:<52} {:>9.3f} {:<3} | {:<36} {:>9.3f} {:<3} | ratio {:.3f}{}{}", name, ours, unit,
                    theirs_are, theirs, unit, ours / theirs, range_of(ratios),
                    verdict(goal, ours, ours / theirs)));
}

void print(const std::string& name, const std::vector<double>& ours, const std::string& unit,
           std::optional<Goal> goal) {
    put(fmt::format("{:<52} {:>9.3f} {:<3}{}{}", name, median(ours), unit, range_of(ours),
                    verdict(goal, median(ours), 0)));
}

} // namespace bench
