#include "agent/api/conditions.hh"

#include "agent/api/headers.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <vector>

namespace api {
namespace {

constexpr std::string_view anything = "*";

struct Tag {
    bool weak;
    std::string_view opaque; // without the quotes
};

// RFC 9110, 8.8.3. Bytes above ASCII are allowed there, and never in a tag of ours.
bool is_etag_character(char c) noexcept {
    const auto code = static_cast<unsigned char>(c);
    return code == 0x21 || (code >= 0x23 && code != 0x7f);
}

// RFC 9110, 8.8.3 and 5.6.1: [W/]"...", separated by commas; empty elements do not count.
std::vector<Tag> parse(std::string_view list, std::string_view header) {
    const auto refuse = [&] {
        throw Error(Fault::invalid, std::string(header) + " is no list of quoted entity tags");
    };
    std::vector<Tag> tags;
    for (auto rest = text::trim(list); !rest.empty(); rest = text::trim(rest)) {
        if (rest.starts_with(',')) {
            rest.remove_prefix(1);
            continue;
        }
        const bool weak = rest.starts_with("W/");
        if (weak) rest.remove_prefix(2);
        const auto end = rest.starts_with('"') ? rest.find('"', 1) : rest.npos;
        if (end == rest.npos) refuse();
        const auto opaque = rest.substr(1, end - 1);
        if (!std::ranges::all_of(opaque, is_etag_character)) refuse();
        tags.push_back({weak, opaque});
        rest = text::trim(rest.substr(end + 1));
        if (!rest.empty() && !rest.starts_with(',')) refuse();
    }
    if (tags.empty()) refuse();
    return tags;
}

std::optional<std::string> tags_of(const http::Head& head, std::string_view name) {
    auto given = list_header(head, name);
    if (!given) return std::nullopt;
    given = std::string(text::trim(*given));
    if (*given != anything) parse(*given, name);
    return given;
}

// The fingerprint in a tag of ours.
std::string_view fingerprint_in(std::string_view opaque) { return opaque.substr(0, opaque.find('-')); }

} // namespace

std::string etag_of(std::string_view fingerprint, std::string_view rendering) {
    return '"' + std::string(fingerprint) + '-' + std::string(rendering) + '"';
}

void validate(http::Response& response, const http::Head& head, const std::string& etag) {
    constexpr auto name = "If-None-Match";
    response.headers.emplace_back("ETag", etag);
    const auto given = tags_of(head, name);
    if (!given) return;
    // RFC 9110, 13.1.2: weak comparison.
    const auto opaque = std::string_view(etag).substr(1, etag.size() - 2);
    const bool has_it = *given == anything || std::ranges::any_of(parse(*given, name), [&](const Tag& tag) {
        return tag.opaque == opaque;
    });
    if (!has_it) return;
    response.status = 304;
    response.body.clear();
    response.content_type.clear();
}

Condition::Condition(const http::Head& head)
    : if_match_(tags_of(head, "If-Match")), if_none_match_(tags_of(head, "If-None-Match")) {}

bool Condition::is_none() const noexcept { return (!if_match_ || *if_match_ == anything) && !if_none_match_; }

bool Condition::admits(std::string_view fingerprint) const {
    // RFC 9110, 13.1.1: strong comparison.
    const bool matches = !if_match_ || *if_match_ == anything ||
                         std::ranges::any_of(parse(*if_match_, "If-Match"), [&](const Tag& tag) {
                             return !tag.weak && fingerprint_in(tag.opaque) == fingerprint;
                         });
    const bool is_excluded =
        if_none_match_ && (*if_none_match_ == anything ||
                           std::ranges::any_of(parse(*if_none_match_, "If-None-Match"), [&](const Tag& tag) {
                               return fingerprint_in(tag.opaque) == fingerprint;
                           }));
    return matches && !is_excluded;
}

bool Condition::wants_absence() const noexcept { return !if_match_ && if_none_match_ == anything; }

} // namespace api
