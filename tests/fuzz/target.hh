#pragma once
// What is fuzzed: a reader of bytes from outside, and what must hold whatever they are. One table for libFuzzer and for
// the replay of the corpus.
//
// Threads: one.

#include <span>
#include <string_view>

namespace fuzz {

// Ends the process, so that the input is kept, when a reader breaks its promise.
void require(bool holds, std::string_view promise);

struct Target {
    std::string_view name; // and of its folder below corpus/
    void (*run)(std::string_view bytes);
};
std::span<const Target> targets() noexcept;

} // namespace fuzz
