#pragma once
// Which part of a collection a GET asks for: ?page=N&number=M (GFD.223, 6).
//
// Threads: any; a pure function.

#include <cstddef>
#include <string_view>

namespace api {

struct Page {
    std::size_t first = 0, count = 0; // count: 0 behind the end
};

// All `size` of them when neither is given. Pages count from 1, and 0 is taken for 1, since the standard does not say.
// Error{invalid}: no number; Error{too_large}: more than 1000 on a page.
Page page_in(std::string_view query, std::size_t size);

} // namespace api
