#include "agent/api/multipart.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <cstring>

namespace api {
namespace {

constexpr std::size_t most_parts = 16;
constexpr std::size_t most_header_bytes = 8192; // of one part
constexpr std::size_t most_preamble_bytes = 8192;
constexpr std::size_t longest_boundary = 70; // RFC 2046, 5.1.1
constexpr std::size_t longest_padding = 64;  // blanks behind a delimiter

[[noreturn]] void refuse(const std::string& sentence) {
    throw Error(Fault::invalid, "the multipart form " + sentence);
}

// The value of a parameter of a header, such as name="file"; nullopt when there is none (RFC 9110, 5.6.6).
std::optional<std::string> parameter(std::string_view header, std::string_view wanted) {
    header = text::trim(header);
    auto at = header.find(';');
    while (at != header.npos) {
        auto rest = text::trim(header.substr(at + 1));
        at = header.size() - rest.size();
        const auto equals = rest.find('=');
        if (equals == rest.npos) return std::nullopt;
        const bool is_wanted = text::same(text::trim(rest.substr(0, equals)), wanted);
        std::string value;
        std::size_t end = equals + 1;
        if (end < rest.size() && rest[end] == '"') {
            for (++end; end < rest.size() && rest[end] != '"'; ++end) {
                if (rest[end] == '\\' && end + 1 < rest.size()) ++end;
                value += rest[end];
            }
            if (end >= rest.size()) return std::nullopt; // not closed
        } else {
            end = std::min(rest.find(';'), rest.size());
            value = std::string(text::trim(rest.substr(equals + 1, end - equals - 1)));
        }
        if (is_wanted) return value;
        at = header.find(';', at + end);
    }
    return std::nullopt;
}

bool may_be_in_boundary(char c) {
    constexpr std::string_view others = "'()+_,-./:=? ";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != others.npos;
}

} // namespace

bool is_multipart(std::string_view content_type) {
    return text::same(text::trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data");
}

std::string boundary_of(std::string_view content_type) {
    auto boundary = parameter(content_type, "boundary").value_or("");
    if (boundary.empty() || boundary.size() > longest_boundary || boundary.ends_with(' ') ||
        !std::ranges::all_of(boundary, may_be_in_boundary))
        refuse("has no boundary of 1 to 70 ordinary characters in its Content-Type");
    return boundary;
}

MultipartReader::MultipartReader(std::string_view boundary, Taker& taker)
    : delimiter_("\r\n--" + std::string(boundary)), taker_(taker) {}

void MultipartReader::take(std::string_view bytes) {
    held_.append(bytes);
    std::string_view input = held_;
    bool goes_on = true;
    while (goes_on) {
        switch (step_) {
        case Step::preamble:
        case Step::data: goes_on = take_up_to_delimiter(input); break;
        case Step::delimiter: goes_on = take_delimiter(input); break;
        case Step::headers: goes_on = take_header(input); break;
        case Step::epilogue: // RFC 2046: to be ignored
            input = {};
            goes_on = false;
        }
    }
    held_.erase(0, held_.size() - input.size());
}

bool MultipartReader::take_up_to_delimiter(std::string_view& input) {
    const auto* found =
        static_cast<const char*>(::memmem(input.data(), input.size(), delimiter_.data(), delimiter_.size()));
    auto count = found ? static_cast<std::size_t>(found - input.data()) : input.size();
    if (!found) { // its beginning may be the last of what is here
        const auto tail = input.size() - std::min(input.size(), delimiter_.size() - 1);
        count = std::min(input.find('\r', tail), input.size());
    }
    if (step_ == Step::data && count > 0) taker_.take_part(input.substr(0, count));
    if (step_ == Step::preamble && (preamble_bytes_ += count) > most_preamble_bytes)
        refuse("does not begin with its boundary");
    input.remove_prefix(count);
    if (!found) return false;
    input.remove_prefix(delimiter_.size());
    if (step_ == Step::data) taker_.end_part();
    step_ = Step::delimiter;
    return true;
}

// What stands behind a boundary: "--" at the end, else the end of the line.
bool MultipartReader::take_delimiter(std::string_view& input) {
    if (input.size() < 2) return false;
    if (input.starts_with("--")) {
        step_ = Step::epilogue;
        return true;
    }
    const auto end = input.find("\r\n");
    const bool has_half_an_end = input.ends_with('\r');
    const auto padding = input.substr(0, std::min(end, input.size() - (has_half_an_end ? 1 : 0)));
    if (padding.size() > longest_padding || padding.find_first_not_of(" \t") != padding.npos)
        refuse("has something behind a boundary");
    if (end == input.npos) return false;
    input.remove_prefix(end + 2);
    if (++parts_ > most_parts) refuse("has more than " + std::to_string(most_parts) + " parts");
    step_ = Step::headers;
    header_bytes_ = 0;
    name_.reset();
    return true;
}

bool MultipartReader::take_header(std::string_view& input) {
    const auto end = input.find("\r\n");
    if (header_bytes_ + std::min(end, input.size()) > most_header_bytes)
        refuse("has a part with headers of more than " + std::to_string(most_header_bytes) + " bytes");
    if (end == input.npos) return false;
    const auto line = input.substr(0, end);
    input.remove_prefix(end + 2);
    header_bytes_ += end + 2;
    if (line.empty()) {
        begin_part();
        return true;
    }
    const auto colon = line.find(':');
    if (colon == line.npos) refuse("has a part with a line that is no header");
    if (text::same(text::trim(line.substr(0, colon)), "Content-Disposition"))
        name_ = parameter(line.substr(colon + 1), "name");
    return true;
}

void MultipartReader::begin_part() {
    if (!name_) refuse("has a part without a name"); // RFC 7578, 4.2
    step_ = Step::data;
    taker_.begin_part(*name_);
}

void MultipartReader::finish() const {
    if (step_ != Step::epilogue) refuse("ends before its last boundary");
}

} // namespace api
