#pragma once
// Small questions about text that comes from outside. None of them allocates more than its answer, none depends on a
// locale.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace text {

std::string_view trim(std::string_view) noexcept;       // blanks, tabs, CR and LF off both ends
std::string lower(std::string_view);                    // ASCII only
std::string upper(std::string_view);                    // ASCII only
bool same(std::string_view, std::string_view) noexcept; // equal but for the case of ASCII letters
std::vector<std::string> split(std::string_view, char separator);
std::string_view
last_segment(std::string_view path) noexcept; // behind the last '/', a trailing '/' not counted

// A whole decimal number with nothing around it, not above `most`; nullopt for anything else ("", "-1", "1e30", " 1",
// "1.0").
std::optional<std::uint64_t> to_number(std::string_view, std::uint64_t most = UINT64_MAX) noexcept;

// Why `name` may not be the name of an entity, or nullopt when it may: it must be valid UTF-8 of at most 255 characters
// without control characters (C0, DEL, C1), line or paragraph separators, and bidirectional overrides or isolates.
// The answer is a predicate, such as "has a control character (U+000A) at character 3".
std::optional<std::string> fault_of_name(std::string_view name);

bool is_utf8(std::string_view) noexcept; // no surrogates, no overlong forms, nothing above U+10FFFF

// `raw` as it may stand in a message or a log line: control characters and invalid bytes as \xNN, cut at `most` bytes.
std::string printable(std::string_view raw, std::size_t most = 80);

} // namespace text
