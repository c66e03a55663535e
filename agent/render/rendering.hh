#pragma once
// The renderings that entities are shown in, and the media types that name them.
//
// Threads: any; constants.

#include <span>
#include <string_view>

namespace render {

enum class Rendering {
    xml,        // OpenNebula's
    text_plain, // GFD.229, 4: fields as lines of the body
    text_occi,  // GFD.229, 4: fields as headers
    uri_list,   // RFC 2483; of listings only
    json        // GFD.226
};

struct Media {
    std::string_view type; // as clients name it
    Rendering rendering;
    std::string_view content_type; // as answers name it
    std::string_view tag;          // what an ETag has of it: two media types never share one
};

// All of them, OpenNebula's XML first, each family in the order in which it is offered to a client that takes
// anything.
std::span<const Media> media() noexcept;

} // namespace render
