#pragma once
// The command line.

#include <filesystem>
#include <optional>

struct Options {
    std::filesystem::path config = "/etc/occi-agent/occi-agent.conf";
    bool config_named = false; // then the file must exist
    bool check_only = false;
};

// Exit codes, as sysexits.h has them.
namespace exit_code {
inline constexpr int good = 0;
inline constexpr int usage = 64;
inline constexpr int unavailable =
    69; // the state directory, an address to listen on, a hypervisor that cannot do what is asked
inline constexpr int internal = 70;
inline constexpr int configuration = 78;
} // namespace exit_code

// nullopt: the program has nothing more to do and ends with `code` (--help, --version: good; a mistake: usage, said on
// stderr).
std::optional<Options> parse_options(int count, char** words, int& code);
