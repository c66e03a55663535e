#pragma once
// Measuring: two sides in one run, interleaved, medians of several rounds, and the ratio between them.

#include <functional>
#include <string>
#include <vector>

namespace bench {

double median(std::vector<double>);
double percentile(std::vector<double>, double share); // 0.99

// Seconds that `work` takes.
double seconds(const std::function<void()>& work);

// Calls both in turn, `rounds` times; the medians of what they return.
struct Pair {
    double ours = 0, theirs = 0;
};
Pair interleaved(int rounds, const std::function<double()>& ours, const std::function<double()>& theirs);

// One line: "name: ours 1.2 ms, theirs 2.4 ms, ratio 0.50 (goal <= 0.6)".
void print(const std::string& name, Pair, const std::string& unit, const std::string& theirs_are,
           const std::string& goal);

} // namespace bench
