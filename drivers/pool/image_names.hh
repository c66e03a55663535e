#pragma once
// Which files the header of an image names, and which paths a text may mean: for a caller that wants to know what
// somebody else's file or command line leads to. Rather one name too many than one too few.
//
// Threads: pure functions.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hv::pool {

struct ImageNames {
    struct Name {
        std::string text;     // as written there: a path, a relative one, "json:{...}", "file:..."
        bool is_raw = false;  // whatever is in that file, it names nothing
        bool is_data = false; // it has the very bytes of the image
    };
    std::vector<Name> names;
    std::string unclear; // what may name more, in a way that is not understood here
};

// As much as there is of the image, `most` bytes at most, from `at` on.
using ReadImage = std::function<std::string(std::uint64_t at, std::size_t most)>;

// Of qcow (all versions), QED and VMDK; of anything else the beginning is unclear.
ImageNames names_in_image(const ReadImage&);

// All that may be a path in it: itself; strings inside of JSON, however deep; what begins with "/" behind a separator
// of QEMU's options.
std::vector<std::string> paths_in(std::string_view text);

} // namespace hv::pool
