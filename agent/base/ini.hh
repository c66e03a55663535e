#pragma once
// Reads INI files strictly, through inih: what inih would cut, join or drop without a word is a problem here. One line
// is one setting; a comment has a line of its own, which begins with # or ;.
//
// Threads: any.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ini {

// inih 55 keeps a line in 200 bytes with its end, and a name in 50.
inline constexpr std::size_t longest_line = 190;
inline constexpr std::size_t longest_name = 49;
inline constexpr std::size_t largest_file = 1 << 20;

struct Entry {
    std::string key, value;
    std::string origin; // "FILE:LINE"
};

// As it stands in the file: a heading that comes twice gives two of them, one with nothing under it gives an empty one.
struct Section {
    std::string name;
    std::string origin;
    std::vector<Entry> entries;
};

struct Document {
    std::vector<Section> sections;
    std::vector<std::string> problems; // "FILE:LINE: sentence", in the order of the lines
};

// Never throws for what stands in the text: it reads on, so that every problem is named at once. A heading at fault
// hides what stands under it.
Document parse(std::string_view content, std::string_view file);

// The same for a file. One that cannot be read is a problem too: "FILE: sentence".
Document read(const std::filesystem::path& file);

} // namespace ini
