#pragma once
// A text in pieces, one after the other and without a copy: of bytes from outside nobody knows how many there are.
//
// Threads: values; the pieces are parts of the text, which must outlive them.

#include <ranges>
#include <string_view>

namespace text {

// The pieces between the separators; an empty text has none.
inline auto pieces(std::string_view raw, char separator) {
    return std::views::transform(std::views::split(raw, separator), [](const auto& piece) {
        return std::string_view(piece.begin(), piece.end());
    });
}

} // namespace text
