#include "agent/base/ini.hh"

#include "agent/base/handle.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fmt/core.h>
#include <ini.h>
#include <optional>

namespace ini {
namespace {

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

bool is_comment(std::string_view line) noexcept { return line.starts_with('#') || line.starts_with(';'); }

// A '#' or ';' behind a blank: inih takes the one for a comment and the other for a part of the value.
bool has_inline_comment(std::string_view line) noexcept {
    for (std::size_t i = 1; i < line.size(); ++i)
        if (is_comment(line.substr(i)) && is_blank(line[i - 1])) return true;
    return false;
}

bool has_control_character(std::string_view line) noexcept {
    return std::any_of(line.begin(), line.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7f;
    });
}

// Stands between the text and inih: hands out one line at a time, and an empty one in place of each that is at fault.
// So inih sees nothing that it would misread, and counts the same lines.
class StrictReader {
public:
    StrictReader(std::string_view content, std::string_view file) : rest_(content), file_(file) {
        constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
        if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
    }

    Document read() {
        ini_parse_stream(next_line, this, take_entry, this);
        if (thrown_) std::rethrow_exception(thrown_);
        return std::move(document_);
    }

private:
    // Both are called from C: nothing may be thrown through it.
    static char* next_line(char* buffer, int size, void* self) noexcept {
        auto& reader = *static_cast<StrictReader*>(self);
        try {
            return reader.next(buffer, static_cast<std::size_t>(size)) ? buffer : nullptr;
        } catch (...) {
            reader.thrown_ = std::current_exception();
            return nullptr;
        }
    }
    static int take_entry(void* self, const char*, const char* name, const char* value) noexcept {
        auto& reader = *static_cast<StrictReader*>(self);
        try {
            reader.document_.sections.back().entries.push_back({name, value, reader.origin()});
        } catch (...) {
            reader.thrown_ = std::current_exception();
        }
        return 1;
    }

    std::string origin() const { return fmt::format("{}:{}", file_, number_); }
    void report(std::string_view sentence) {
        document_.problems.push_back(fmt::format("{}: {}", origin(), sentence));
    }

    bool next(char* buffer, std::size_t size) {
        if (rest_.empty()) return false;
        ++number_;
        const auto end = rest_.find('\n');
        auto line = rest_.substr(0, end);
        rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
        const auto shown = accepted(line);
        const auto length =
            std::min(shown.size(), size - 2); // never shorter: longest_line is below inih's own limit
        shown.copy(buffer, length);
        buffer[length] = '\n';
        buffer[length + 1] = '\0';
        return true;
    }

    // The line as inih shall see it. Without its indent, which inih would take for a continuation of the value before.
    std::string_view accepted(std::string_view line) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (const auto fault = fault_of_bytes(line)) {
            report(*fault);
            // What was meant for a heading may not hang its entries on the section before.
            if (text::trim(line).starts_with('[')) place_ = Place::under_a_fault;
            return {};
        }
        line = text::trim(line);
        if (line.empty() || is_comment(line)) return {};
        return line.front() == '[' ? accepted_heading(line) : accepted_entry(line);
    }

    static std::optional<std::string> fault_of_bytes(std::string_view line) {
        if (line.size() > longest_line) return fmt::format("the line has more than {} bytes", longest_line);
        if (!text::is_utf8(line)) return "the line is not UTF-8";
        if (has_control_character(line)) return "the line has a control character";
        return std::nullopt;
    }

    std::string_view accepted_heading(std::string_view line) {
        const auto name = line.substr(1, line.size() - 2);
        const bool closed = line.size() > 2 && line.ends_with(']') && name.find_first_of("[]") == name.npos;
        place_ = Place::under_a_fault;
        if (!closed || has_inline_comment(line)) {
            report("a heading is [NAME] and nothing behind it");
        } else if (name.size() > longest_name) {
            report(fmt::format("the heading has more than {} bytes", longest_name));
        } else {
            place_ = Place::in_section;
            document_.sections.push_back({std::string(name), origin(), {}});
            return line;
        }
        return {};
    }

    std::string_view accepted_entry(std::string_view line) {
        if (place_ == Place::under_a_fault) return {};
        const auto name = text::trim(line.substr(0, line.find_first_of("=:")));
        if (name.size() == line.size() || name.empty())
            report("this is no setting: KEY = VALUE is missing");
        else if (name.size() > longest_name)
            report(fmt::format("the key has more than {} bytes", longest_name));
        else if (has_inline_comment(line))
            report("a comment must have a line of its own");
        else if (place_ == Place::before_sections)
            report(fmt::format("\"{}\" is outside of a section", text::printable(name)));
        else
            return line;
        return {};
    }

    enum class Place { before_sections, in_section, under_a_fault };

    std::string_view rest_;
    const std::string_view file_;
    std::size_t number_ = 0;
    Place place_ = Place::before_sections;
    Document document_;
    std::exception_ptr thrown_;
};

Document unreadable(const std::filesystem::path& file, int fault) {
    return {{}, {fmt::format("{}: cannot be read: {}", file.string(), std::strerror(fault))}};
}

} // namespace

Document parse(std::string_view content, std::string_view file) { return StrictReader(content, file).read(); }

Document read(const std::filesystem::path& file) {
    const Handle<FILE, std::fclose> stream(std::fopen(file.c_str(), "re"));
    if (!stream) return unreadable(file, errno);
    std::string content(largest_file + 1, '\0');
    content.resize(std::fread(content.data(), 1, content.size(), stream.get()));
    if (std::ferror(stream.get()) != 0) return unreadable(file, errno);
    if (content.size() > largest_file) return unreadable(file, EFBIG);
    return parse(content, file.string());
}

} // namespace ini
