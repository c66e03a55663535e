#pragma once
// How soon the agent answers while something is wrong, against while all is well: of one compute and of the list.

#include "tests/bench/stage.hh"

#include <functional>
#include <memory>
#include <string>

namespace bench {

struct Course {
    int rounds;
    double well, ill; // seconds of each round, which another time of well follows
};

// `disturb` begins what is wrong, which lasts for as long as what it returns is kept. Prints the median, the 99th
// percentile (goal: 10 ms) and the longest time of each.
void print_answer_times(const Stage&, const std::string& compute, const std::string& when, const Course&,
                        const std::function<std::shared_ptr<void>()>& disturb);

} // namespace bench
