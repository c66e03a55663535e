#pragma once
// Reads the header of a qcow2 image (docs/interop/qcow2.txt of QEMU) and refuses what QEMU would follow to
// another file or could not open.
//
// Threads: any.

#include "drivers/image/file.hh"

#include <cstdint>
#include <string_view>

namespace image {

inline constexpr std::string_view qcow2_magic = "QFI\xfb";

struct Qcow2Header {
    std::uint32_t version;
    std::uint64_t backing_offset;
    std::uint32_t cluster_bits;
    std::uint64_t virtual_bytes;
    std::uint32_t crypt_method;
    std::uint64_t l1_entries, l1_offset;
    std::uint64_t refcount_table_offset, refcount_table_clusters;
    std::uint32_t snapshots;
    std::uint64_t snapshots_offset;
    std::uint64_t incompatible = 0, autoclear = 0;
    std::uint32_t refcount_order = 4;
    std::uint64_t length = 72;
    unsigned compression_type = 0;
    // Of those that QEMU would keep up to date.
    std::uint64_t bitmaps = 0, bitmap_directory_bytes = 0, bitmap_directory_offset = 0;

    std::uint64_t cluster() const noexcept { return std::uint64_t{1} << cluster_bits; }
    bool has_extended_l2() const noexcept;
};

// The file begins with the magic. Its tables lie within the file and are no larger than QEMU's own limits; what stands
// in them was not looked at. Throws Error{invalid} as probe.hh says.
Qcow2Header read_qcow2_header(const File&);

// The number in `width` bytes at `at`; 0 where `bytes` ends earlier.
std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t width);

} // namespace image
