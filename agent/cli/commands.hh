#pragma once
// The verbs of occi-agent: what a person tells it once, and that ends. Without a verb it is the agent itself.
//
// Threads: one.

#include <span>
#include <string>
#include <string_view>

namespace cli {

// Whether the word is one of them.
bool is_verb(std::string_view word) noexcept;

// Runs `words`, of which the first is the verb; says on stderr what was wrong. The exit code.
int run(std::span<char* const> words);

// A line for each, for --help.
std::string help();

} // namespace cli
