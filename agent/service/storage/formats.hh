#pragma once
// Puts a swap area or a file system onto a fresh volume, by mkswap and mkfs as child processes.
//
// Threads: any.

#include <filesystem>
#include <stop_token>
#include <string>

namespace service {

// Throws Error{invalid} when `filesystem` ("ext4") is not one we make, or its program is not installed; the sentence
// lists what can be made.
void check_format(const std::string& filesystem);

// Throw Error{unavailable} with the program's own words when it fails, Error{conflict} when a stop was asked for.
void make_filesystem(const std::filesystem::path& volume, const std::string& filesystem, std::stop_token);
void make_swap(const std::filesystem::path& volume, std::stop_token);

} // namespace service
