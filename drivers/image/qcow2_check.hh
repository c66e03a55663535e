#pragma once
// Judges the header of a qcow2 image that somebody brings: refuses what QEMU would follow to another file or could not
// open.
//
// Threads: any.

#include "drivers/image/file.hh"
#include "drivers/image/qcow2_header.hh"

#include <cstdint>

namespace image {

struct CheckedQcow2 : Qcow2Header {
    // Of those that QEMU would keep up to date.
    std::uint64_t bitmaps = 0, bitmap_directory_bytes = 0, bitmap_directory_offset = 0;
};

// The file begins with the magic. Its tables lie within the file and are no larger than QEMU's own limits; what stands
// in them was not looked at. Throws Error{invalid} as probe.hh says.
CheckedQcow2 check_qcow2_header(const File&);

} // namespace image
