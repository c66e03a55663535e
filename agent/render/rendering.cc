#include "agent/render/rendering.hh"

#include <array>

namespace render {
namespace {

using enum Rendering;
constexpr std::array all{
    Media{"application/xml", xml, "application/xml;charset=utf-8", "xml"},
    Media{"text/xml", xml, "application/xml;charset=utf-8", "xml"},
    Media{"text/plain", text_plain, "text/plain;charset=utf-8", "text"},
    Media{"text/occi+plain", text_plain, "text/occi+plain;charset=utf-8", "plain"},
    Media{"application/occi+json", json, "application/occi+json", "occijson"},
    Media{"application/json", json, "application/json", "json"},
    Media{"text/occi", text_occi, "text/occi", "headers"},
    Media{"text/uri-list", uri_list, "text/uri-list", "uris"},
};

} // namespace

std::span<const Media> media() noexcept { return all; }

} // namespace render
