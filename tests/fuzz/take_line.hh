#pragma once
// What a target needs beside the bytes that are read stands in lines before them.
//
// Threads: one.

#include <algorithm>
#include <string>
#include <string_view>

namespace fuzz {

// Takes the first line off the front, with its end.
inline std::string take_line(std::string_view& bytes) {
    const auto line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
    return std::string(line);
}

} // namespace fuzz
