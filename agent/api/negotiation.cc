#include "agent/api/negotiation.hh"

#include "agent/api/clients.hh"
#include "agent/api/headers.hh"
#include "agent/api/version.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace api {
namespace {

using render::Media;
using render::Rendering;

// ---- what tells the family -----------------------------------------------------------------------------------------

bool sends_occi(const http::Head& head) {
    const auto* media = sent_media(head);
    return media && media->rendering != Rendering::xml;
}

bool sends_opennebula(const http::Head& head) {
    const auto* media = sent_media(head);
    const auto type = head.header("Content-Type").value_or("");
    return (media && media->rendering == Rendering::xml) || type.starts_with("multipart/") ||
           type.starts_with("application/x-www-form-urlencoded");
}

bool has_header_of_occi(const http::Head& head) {
    return std::ranges::any_of(head.headers, [](const auto& header) {
        const auto name = text::lower(header.first);
        return name == "category" || name == "x-auth-token" || name.starts_with("x-occi-");
    });
}

bool has_agent_of_occi(const http::Head& head) {
    return names_version(head.header("User-Agent").value_or(""));
}

bool is_client_of_occi(const http::Head& head) { return has_need(head, Need::occi); }

struct Hint {
    bool (*holds)(const http::Head&);
    Family family;
};
// In this order.
constexpr std::array hints{
    Hint{sends_occi, Family::occi},
    Hint{has_header_of_occi, Family::occi},
    Hint{has_agent_of_occi, Family::occi},
    Hint{names_action, Family::occi},
    Hint{sends_opennebula, Family::opennebula},
    Hint{is_client_of_occi, Family::occi},
};

// ---- Accept --------------------------------------------------------------------------------------------------------

struct Range {
    std::string type; // lower case
    double quality = 1;

    bool is_wildcard() const noexcept { return type.ends_with('*'); }
    bool admits(const Media& media) const noexcept {
        if (!is_wildcard()) return type == media.type;
        // "*" alone is what Java's own client sends. The answer's type counts, not the name that it goes by.
        return type == "*" || type == "*/*" ||
               media.content_type.starts_with(std::string_view(type).substr(0, type.size() - 1));
    }
};

// RFC 9110, 12.4.2; what is malformed counts as nothing said.
double quality_in(std::string_view parameter) {
    const auto digits = text::trim(parameter.substr(parameter.find('=') + 1));
    double quality = 1;
    if (digits.find_first_not_of(".0123456789") != digits.npos) return quality;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), quality);
    return read.ec == std::errc() ? std::min(quality, 1.0) : 1;
}

Range range_in(std::string_view element) {
    Range range{text::lower(text::trim(element.substr(0, element.find(';'))))};
    for (const auto part : text::pieces(element, ';'))
        if (const auto parameter = text::trim(part);
            parameter.starts_with("q=") || parameter.starts_with("Q="))
            range.quality = quality_in(parameter);
    return range;
}

// More than any client takes: what stands behind them does not count.
constexpr std::size_t most_ranges = 100;

// The most welcome first; none when nothing is said.
std::vector<Range> ranges_of(const http::Head& head) {
    std::vector<Range> ranges;
    const auto accepted = list_header(head, "Accept").value_or("");
    for (const auto element : text::pieces(accepted, ','))
        if (!text::trim(element).empty() && ranges.size() < most_ranges) ranges.push_back(range_in(element));
    std::ranges::stable_sort(ranges, [](const Range& one, const Range& other) {
        if (one.quality != other.quality) return one.quality > other.quality;
        return !one.is_wildcard() && other.is_wildcard();
    });
    return ranges;
}

bool is_refused(const std::vector<Range>& ranges, const Media& media) {
    return std::ranges::any_of(
        ranges, [&](const Range& range) { return range.quality == 0 && range.type == media.type; });
}

// In the order in which they are offered.
std::vector<const Media*> offers(Family family, bool has_opennebula) {
    std::vector<const Media*> all;
    for (const auto& media : render::media())
        if (has_opennebula || media.rendering != Rendering::xml) all.push_back(&media);
    std::stable_partition(all.begin(), all.end(), [&](const Media* media) {
        return (media->rendering == Rendering::xml) == (family == Family::opennebula);
    });
    return all;
}

// nullptr: nothing of it.
const Media* welcome(const std::vector<Range>& ranges, const std::vector<const Media*>& all) {
    if (ranges.empty()) return all.front();
    for (const auto& range : ranges)
        for (const auto* media : all)
            if (range.quality > 0 && range.admits(*media) && !is_refused(ranges, *media)) return media;
    return nullptr;
}

std::string names_of(const std::vector<const Media*>& all) {
    std::string names;
    for (const auto* media : all) names.append(names.empty() ? "" : ", ").append(media->type);
    return names;
}

} // namespace

const Media* sent_media(const http::Head& head) {
    for (const auto element : text::pieces(head.header("Content-Type").value_or(""), ',')) {
        const auto type = text::trim(element.substr(0, element.find(';')));
        for (const auto& media : render::media())
            if (text::same(type, media.type)) return &media;
    }
    return nullptr;
}

bool says_occi(const http::Head& head) {
    if (sends_occi(head) || has_header_of_occi(head) || has_agent_of_occi(head)) return true;
    return std::ranges::any_of(ranges_of(head), [](const Range& range) {
        return range.quality > 0 && !range.is_wildcard() &&
               std::ranges::any_of(render::media(), [&](const Media& media) {
                   return media.rendering != Rendering::xml && range.admits(media);
               });
    });
}

Family family_of(const http::Head& head, const occi::Model& model) {
    for (const auto& hint : hints)
        if (hint.holds(head)) return hint.family;
    return model.kind_at(head.path) || model.mixin_at(head.path) ? Family::occi : Family::opennebula;
}

bool names_action(const http::Head& head) noexcept { return head.query.find("action=") != head.query.npos; }

bool means_opennebula(const http::Head& head, const occi::Model& model) {
    const auto family = family_of(head, model);
    const auto* media = welcome(ranges_of(head), offers(family, true));
    return media ? media->rendering == Rendering::xml : family == Family::opennebula;
}

const Media& negotiate(const http::Head& head, Family family, bool has_opennebula) {
    const auto all = offers(family, has_opennebula);
    if (const auto* media = welcome(ranges_of(head), all)) return *media;
    throw NotAcceptable(text::printable(head.path) + " cannot be had as what Accept names: there is " +
                        names_of(all));
}

std::string taken_types() { return names_of(offers(Family::occi, false)); }

const Media& media_of_errors(const http::Head& head) {
    const auto is_plain = [](const Media& media) { return media.type == "text/plain"; };
    const auto& plain = *std::ranges::find_if(render::media(), is_plain);
    for (const auto& range : ranges_of(head))
        for (const auto& media : render::media())
            if (range.quality > 0 && !range.is_wildcard() && range.admits(media))
                return media.rendering == Rendering::uri_list ? plain : media; // a sentence is no URL
    return plain;
}

} // namespace api
