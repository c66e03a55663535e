#pragma once
// From files to a configuration: typed, checked, complete, or every fault of every file at once.
//
// Threads: any. load_config() reads files, nothing else.

#include "agent/base/error.hh"
#include "agent/config/config.hh"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// Each problem is "FILE:LINE: sentence".
class ConfigError : public Error {
public:
    explicit ConfigError(std::vector<std::string> found);
    std::vector<std::string> problems;
};

// Reads `file`, then the files STEM.conf.d/*.conf beside it in the order of their names (hidden ones are left out). A
// key in a later file wins. What systemd hands over stands for keys that no file has (credentials.hh). A missing `file`
// is a fault only when it `must_exist`. Throws ConfigError.
//
// `more_faults` judges what only other parts can (is this an address to listen on?); what it says is reported with the
// rest.
using MoreFaults = std::function<std::vector<std::string>(const Config&)>;
Config load_config(const std::filesystem::path& file, bool must_exist, const MoreFaults& more_faults = {});
