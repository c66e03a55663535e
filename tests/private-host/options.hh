#pragma once
// The command line of private-host.

#include <filesystem>
#include <string>
#include <vector>

namespace private_host {

struct Options {
    enum class Verb { run, listen_on, help } verb = Verb::help;
    std::filesystem::path root; // absolute; empty: a fresh one below the folder for temporary files
    std::vector<std::filesystem::path> shared; // absolute
    std::vector<std::string> listen;           // addresses
    bool keep = false;
    bool kvm = false;
    std::vector<std::string> command;
};

// Throws Error{invalid} that names the word at fault.
Options parse_options(int count, char** words);

extern const char* const usage;

} // namespace private_host
