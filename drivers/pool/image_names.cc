// qed_spec.rst of QEMU; its JSON also has strings in single quotes.
#include "drivers/pool/image_names.hh"

#include "agent/base/hex.hh"
#include "drivers/image/qcow2_header.hh"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace hv::pool {
namespace {

constexpr std::size_t much = 64 << 10; // of a header that is looked at
constexpr std::size_t most_paths = 4096;

std::uint64_t little_endian(std::string_view from, std::size_t at, std::size_t count) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;)
        if (at + i < from.size()) value = value << 8 | static_cast<unsigned char>(from[at + i]);
    return value;
}

// Up to a NUL, as QEMU takes it. One that is too long for a name may still name something to somebody.
void add_name(ImageNames& found, const ReadImage& read, std::uint64_t at, std::uint64_t length, bool is_raw) {
    constexpr std::uint64_t longest = 1023; // as QEMU takes
    auto text = read(at, static_cast<std::size_t>(std::min<std::uint64_t>(length, much)));
    if (length > longest) found.unclear += text;
    text.resize(std::min(text.size(), text.find('\0')));
    if (!text.empty()) found.names.push_back({std::move(text), is_raw, false});
}

// ---- qcow ----------------------------------------------------------------------------------------------------------

ImageNames names_in_qcow(const std::string& head, const ReadImage& read) {
    ImageNames found;
    const auto header = image::qcow2_header_in(head);
    bool is_raw = false;
    if (header.version >= 2) {
        const auto extensions = image::qcow2_extensions_in(head, header.length);
        // Without their end there may be a name among them that was not found.
        if (!extensions.have_end && head.size() == much) found.unclear = head;
        std::string_view data;
        for (const auto& [type, length, content] : extensions.all) {
            if (content.size() < length) break;
            if (type == image::Qcow2Extension::backing_format) is_raw = content == "raw";
            if (type == image::Qcow2Extension::data_file) data = content;
        }
        data = data.substr(0, data.find('\0'));
        if (!data.empty()) found.names.push_back({std::string(data), true, true});
    }
    if (header.backing_offset != 0)
        add_name(found, read, header.backing_offset, header.backing_bytes, is_raw);
    return found;
}

// ---- others --------------------------------------------------------------------------------------------------------

ImageNames names_in_qed(const std::string& head, const ReadImage& read) {
    constexpr std::uint64_t has_backing = 1, backing_is_raw = 4; // of its features
    ImageNames found;
    const auto features = little_endian(head, 16, 8);
    if ((features & has_backing) != 0)
        add_name(found, read, little_endian(head, 56, 4), little_endian(head, 60, 4),
                 (features & backing_is_raw) != 0);
    return found;
}

// Strings of a text that is JSON, or has strings in quotes like that.
std::vector<std::string> strings_in(std::string_view text);

// Its extents and its parent stand in a text within.
ImageNames names_in_vmdk(const std::string& head, const ReadImage&) {
    ImageNames found{{}, head};
    const auto at = head.find("# Disk DescriptorFile");
    if (at == head.npos) return found;
    for (auto& text : strings_in(std::string_view(head).substr(at))) {
        if (found.names.size() == most_paths) break;
        if (!text.empty()) found.names.push_back({std::move(text), false, true});
    }
    return found;
}

struct Kind {
    std::string_view magic;
    ImageNames (*names)(const std::string& head, const ReadImage&);
};
constexpr std::array kinds{Kind{image::qcow2_magic, names_in_qcow},
                           Kind{std::string_view("QED\0", 4), names_in_qed}, Kind{"KDMV", names_in_vmdk},
                           Kind{"COWD", names_in_vmdk}, Kind{"# Disk", names_in_vmdk}};

// ---- paths ---------------------------------------------------------------------------------------------------------

void append_utf8(std::string& to, unsigned code) {
    const auto tail = [&](unsigned shift) { to += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) {
        to += static_cast<char>(code);
    } else if (code < 0x800) {
        to += static_cast<char>(0xc0 | code >> 6);
        tail(0);
    } else {
        to += static_cast<char>(0xe0 | code >> 12);
        tail(6);
        tail(0);
    }
}

// What stands for the escape at text[at], behind the backslash; `at` goes to its last character.
void append_escaped(std::string& to, std::string_view text, std::size_t& at) {
    constexpr std::string_view letters = "bfnrt", meanings = "\b\f\n\r\t";
    if (text[at] == 'u')
        if (const auto digits = text.substr(at + 1, 4); digits.size() == 4)
            if (const auto code = text::from_hex(digits)) {
                at += 4;
                return append_utf8(to, static_cast<unsigned>(*code));
            }
    const auto letter = letters.find(text[at]);
    to += letter == letters.npos ? text[at] : meanings[letter];
}

std::vector<std::string> strings_in(std::string_view text) {
    std::vector<std::string> all;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char quote = text[at];
        if (quote != '"' && quote != '\'') continue;
        std::string one;
        for (++at; at < text.size() && text[at] != quote; ++at) {
            if (text[at] == '\\' && at + 1 < text.size())
                append_escaped(one, text, ++at);
            else
                one += text[at];
        }
        all.push_back(std::move(one));
    }
    return all;
}

// QEMU's options write a comma twice where they mean one.
std::string undoubled(std::string_view text) {
    std::string one;
    for (std::size_t i = 0; i < text.size(); ++i) {
        one += text[i];
        if (text.substr(i, 2) == ",,") ++i;
    }
    return one;
}

class Paths {
public:
    std::set<std::string, std::less<>> all;

    void add_all_in(std::string_view text) {
        constexpr std::string_view scheme = "file:";
        if (is_enough()) return;
        if (text.starts_with(scheme)) add(text.substr(scheme.size()));
        add(text);
        add_behind_separators(text);
        if (text.find(",,") != text.npos) add_all_in(undoubled(text));
        // Each is shorter than the text that it is in, so that this ends.
        if (const auto json = text.find('{'); json != text.npos)
            for (const auto& one : strings_in(text.substr(json))) add_all_in(one);
    }

private:
    bool is_enough() const { return added_ >= most_paths; }

    void add(std::string_view path) {
        if (path.empty() || is_enough()) return;
        ++added_;
        all.emplace(path);
    }

    // A path may have a separator in it: from each one to each end.
    void add_behind_separators(std::string_view text) {
        constexpr std::string_view separators = ",=:;\"' \t\n";
        for (auto from = text.find('/'); from != text.npos && !is_enough(); from = text.find('/', from + 1)) {
            if (from > 0 && separators.find(text[from - 1]) == separators.npos) continue;
            for (auto to = text.find_first_of(separators, from); to != text.npos && !is_enough();
                 to = text.find_first_of(separators, to + 1))
                add(text.substr(from, to - from));
            add(text.substr(from));
        }
    }

    std::size_t added_ = 0; // with those that were there
};

} // namespace

ImageNames names_in_image(const ReadImage& read) {
    const auto head = read(0, much);
    for (const auto& kind : kinds)
        if (head.starts_with(kind.magic)) return kind.names(head, read);
    return {{}, head};
}

std::vector<std::string> paths_in(std::string_view text) {
    Paths paths;
    paths.add_all_in(text);
    return {paths.all.begin(), paths.all.end()};
}

} // namespace hv::pool
