#pragma once
// All bytes of a file, or of one of /proc.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace support {

// Empty when it cannot be read.
inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace support
