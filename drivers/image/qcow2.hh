#pragma once
// Reads the header of a qcow2 image (docs/interop/qcow2.txt of QEMU) and refuses what QEMU would follow to
// another file, could not open, or would only find broken while the guest runs.
//
// Threads: any.

#include "drivers/image/file.hh"

#include <cstdint>
#include <string_view>

namespace image {

inline constexpr std::string_view qcow2_magic = "QFI\xfb";

// The virtual size. Throws Error{invalid} as probe.hh says. The file begins with the magic.
std::uint64_t check_qcow2(const File&);

} // namespace image
