#pragma once
// Measuring: two sides in one run, interleaved, medians of several rounds, and the ratio between them.

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bench {

double median(std::vector<double>);
double percentile(std::vector<double>, double share); // 0.99

// Seconds that `work` takes.
double seconds(const std::function<void()>& work);

// What each of both sides measured, round by round.
struct Pair {
    std::vector<double> ours, theirs;
};
// Calls both in turn, `rounds` times.
Pair interleaved(int rounds, const std::function<double()>& ours, const std::function<double()>& theirs);

// Calls work(0) to work(count - 1), each on a thread of its own, and waits for all. Throws what one of them threw.
void side_by_side(int count, const std::function<void(int)>& work);

// What is promised: what our figure, or its ratio to theirs, is at most or at least. A goal that is missed is said, and
// fails nothing.
struct Goal {
    enum class Of { ours, ratio } of;
    double bound;
    bool is_least = false;
};
inline Goal ours_at_most(double most) { return {Goal::Of::ours, most}; }
inline Goal ratio_at_most(double most) { return {Goal::Of::ratio, most}; }
inline Goal ratio_at_least(double least) { return {Goal::Of::ratio, least, true}; }

// One line: both medians, their ratio with the lowest and the highest of the rounds, and what became of the goal.
void print(const std::string& name, const Pair&, const std::string& unit, const std::string& theirs_are,
           std::optional<Goal> = {});
// The same of what has no other side.
void print(const std::string& name, const std::vector<double>& ours, const std::string& unit,
           std::optional<Goal> = {});

} // namespace bench
