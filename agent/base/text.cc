#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/core.h>

namespace text {
namespace {

constexpr std::size_t most_characters_of_name = 255;
constexpr std::string_view cut_mark = "...";

constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr char to_upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

// What nearly all text is made of, and needs no second look.
constexpr bool is_plain(char c) noexcept { return c >= ' ' && c <= '~'; }

struct Decoded {
    char32_t character = 0;
    std::size_t bytes = 0; // 0: what is there is not UTF-8
};

// What the first byte of a sequence says: how long it is, and the least character that may be spelled at that length.
struct Lead {
    unsigned char mask, mark;
    std::size_t bytes;
    char32_t least;
};
constexpr std::array<Lead, 4> leads{
    {{0x80, 0x00, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}}};

Decoded decode(std::string_view raw) noexcept {
    const auto first = static_cast<unsigned char>(raw.front());
    const auto lead = std::find_if(leads.begin(), leads.end(),
                                   [first](const Lead& l) { return (first & l.mask) == l.mark; });
    if (lead == leads.end() || raw.size() < lead->bytes) return {};
    auto character = static_cast<char32_t>(first & ~lead->mask);
    for (std::size_t i = 1; i < lead->bytes; ++i) {
        const auto next = static_cast<unsigned char>(raw[i]);
        if ((next & 0xc0) != 0x80) return {};
        character = character << 6 | (next & 0x3fu);
    }
    const bool surrogate = character >= 0xd800 && character <= 0xdfff;
    if (character < lead->least || character > 0x10ffff || surrogate) return {};
    return {character, lead->bytes};
}

// Characters that would break a line, a terminal, or the order in which a reader sees the rest.
struct Unfit {
    char32_t first, last;
    std::string_view what;
};
constexpr std::array<Unfit, 7> unfit{{{0x0000, 0x001f, "a control character"},
                                      {0x007f, 0x007f, "a control character"},
                                      {0x0080, 0x009f, "a control character"},
                                      {0x2028, 0x2029, "a line separator"},
                                      {0x202a, 0x202e, "a bidirectional override"},
                                      {0x2066, 0x2069, "a bidirectional isolate"},
                                      // XML 1.0, 2.2: these two cannot stand in any document.
                                      {0xfffe, 0xffff, "a noncharacter"}}};

const Unfit* find_unfit(char32_t character) noexcept {
    const auto found = std::find_if(unfit.begin(), unfit.end(), [character](const Unfit& range) {
        return character >= range.first && character <= range.last;
    });
    return found == unfit.end() ? nullptr : &*found;
}

} // namespace

std::string_view trim(std::string_view raw) noexcept {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = raw.find_first_not_of(blank);
    if (first == raw.npos) return {};
    return raw.substr(first, raw.find_last_not_of(blank) - first + 1);
}

std::string lower(std::string_view raw) {
    std::string answer(raw);
    std::transform(answer.begin(), answer.end(), answer.begin(), to_lower);
    return answer;
}

std::string upper(std::string_view raw) {
    std::string answer(raw);
    std::transform(answer.begin(), answer.end(), answer.begin(), to_upper);
    return answer;
}

bool same(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::vector<std::string> split(std::string_view raw, char separator) {
    std::vector<std::string> pieces;
    for (;;) {
        const auto end = raw.find(separator);
        pieces.emplace_back(raw.substr(0, end));
        if (end == raw.npos) return pieces;
        raw.remove_prefix(end + 1);
    }
}

std::string_view last_segment(std::string_view path) noexcept {
    if (path.ends_with('/')) path.remove_suffix(1);
    const auto slash = path.rfind('/');
    return slash == path.npos ? path : path.substr(slash + 1);
}

std::optional<std::uint64_t> to_number(std::string_view raw, std::uint64_t most) noexcept {
    std::uint64_t number = 0;
    const auto end = raw.data() + raw.size();
    const auto [stop, fault] = std::from_chars(raw.data(), end, number);
    if (fault != std::errc{} || stop != end || number > most) return std::nullopt;
    return number;
}

std::optional<std::string> fault_of_name(std::string_view name) {
    std::size_t characters = 0;
    while (!name.empty()) {
        const auto [character, bytes] = decode(name);
        ++characters;
        if (bytes == 0) return fmt::format("is not UTF-8 at character {}", characters);
        if (const auto* range = find_unfit(character))
            return fmt::format("has {} (U+{:04X}) at character {}", range->what,
                               static_cast<std::uint32_t>(character), characters);
        if (characters > most_characters_of_name)
            return fmt::format("has more than {} characters", most_characters_of_name);
        name.remove_prefix(bytes);
    }
    return std::nullopt;
}

bool is_utf8(std::string_view raw) noexcept {
    for (;;) {
        raw = {std::find_if_not(raw.begin(), raw.end(), is_plain), raw.end()};
        if (raw.empty()) return true;
        const auto bytes = decode(raw).bytes;
        if (bytes == 0) return false;
        raw.remove_prefix(bytes);
    }
}

std::string printable(std::string_view raw, std::size_t most) {
    if (raw.size() <= most && std::all_of(raw.begin(), raw.end(), is_plain)) return std::string(raw);
    std::string answer;
    std::size_t room_for_mark = 0; // how much of the answer may stay when the cut mark has to follow
    while (!raw.empty()) {
        const auto [character, bytes] = decode(raw);
        const auto taken = std::max<std::size_t>(bytes, 1);
        std::string piece(raw.substr(0, taken));
        if (bytes == 0 || find_unfit(character)) {
            piece.clear();
            for (const char c : raw.substr(0, taken))
                piece += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        }
        if (answer.size() + piece.size() > most) {
            answer.resize(room_for_mark);
            return answer.append(cut_mark.substr(0, std::min(cut_mark.size(), most)));
        }
        answer += piece;
        if (answer.size() + cut_mark.size() <= most) room_for_mark = answer.size();
        raw.remove_prefix(taken);
    }
    return answer;
}

} // namespace text
