#include "agent/fetch/incoming.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>

namespace fetch {
namespace {

constexpr std::array leading_on{301, 302, 303, 307,
                                308}; // RFC 9110, 15.4: 300 and 304 lead nowhere by themselves

// "HTTP/1.1 200 OK"; 0: it has none.
int status_in(std::string_view line) noexcept {
    const auto blank = line.find(' ');
    if (blank == line.npos) return 0;
    return static_cast<int>(text::to_number(line.substr(blank + 1, 3), 999).value_or(0));
}

// RFC 9110, 14.4: "bytes 100-199/200" begins at 100.
std::optional<std::uint64_t> beginning_of(std::string_view content_range) noexcept {
    constexpr std::string_view unit = "bytes ";
    if (!content_range.starts_with(unit)) return std::nullopt;
    content_range.remove_prefix(unit.size());
    return text::to_number(content_range.substr(0, content_range.find('-')));
}

} // namespace

void Incoming::line(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > bounds_.header_bytes)
        throw Error(Fault::too_large, shown_ + ": its headers have more than " +
                                          std::to_string(bounds_.header_bytes) + " bytes");
    if (is_head_whole_) return;
    if (line.starts_with("HTTP/")) {
        head_.headers.clear();
        head_.status = status_in(line);
        return;
    }
    const auto bare = text::trim(line);
    if (bare.empty()) {
        if (head_.status >= 200) end_head();
        return;
    }
    const auto colon = bare.find(':');
    if (colon == bare.npos || line.front() == ' ' || line.front() == '\t') return;
    head_.headers.push_back(
        {std::string(bare.substr(0, colon)), std::string(text::trim(bare.substr(colon + 1)))});
}

void Incoming::end_head() {
    is_head_whole_ = true;
    head_.url = shown_;
    const auto location = head_.header("Location");
    if (!location.empty() && std::ranges::find(leading_on, head_.status) != leading_on.end()) {
        // Whoever answers could otherwise choose who gets the body, and what is in it may be a secret.
        if (question_.body)
            throw Error(Fault::unavailable, shown_ + ": it leads elsewhere, where no body is sent");
        location_ = location;
        return;
    }
    head_.length = text::to_number(head_.header("Content-Length"));
    if (!head_.header("Transfer-Encoding").empty()) head_.length.reset();
    if (head_.length && *head_.length > bounds_.body_bytes)
        throw Error(Fault::too_large, shown_ + ": it has " + std::to_string(*head_.length) + " bytes, and " +
                                          std::to_string(bounds_.body_bytes) + " at most are taken");
    look_at_range();
    sink_.begins(head_);
}

void Incoming::look_at_range() {
    head_.begins_at = 0;
    if (head_.status != 206) return;
    if (question_.from == 0 || beginning_of(head_.header("Content-Range")) != question_.from)
        throw Error(Fault::unavailable, shown_ + ": it answers with another part than was asked for");
    head_.begins_at = question_.from;
}

void Incoming::body(std::string_view piece) {
    body_bytes_ += piece.size();
    if (body_bytes_ > bounds_.body_bytes)
        throw Error(Fault::too_large,
                    shown_ + ": it has more than " + std::to_string(bounds_.body_bytes) + " bytes");
    sink_.takes(piece);
}

} // namespace fetch
