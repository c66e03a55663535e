#pragma once
// Says what an image file is, from its bytes and never from its name, and refuses what could make QEMU open
// another file or what QEMU could not boot from. Knows no libvirt.
//
// Threads: any; reads the descriptor with pread only, so its position does not matter.

#include "drivers/image/effort.hh"

#include <cstdint>
#include <string>

namespace image {

enum class Kind { raw, qcow2 };

struct Found {
    Kind kind = Kind::raw;
    std::uint64_t virtual_bytes = 0; // what a guest sees
    std::uint64_t file_bytes = 0;
    std::uint64_t allocated_bytes = 0; // of the file that are no hole
    bool iso = false;                  // raw, and an ISO 9660 file system
    bool examined = true;              // false: the effort did not reach to the end of its tables
};

inline constexpr std::uint64_t max_virtual_bytes = std::uint64_t{64} << 40; // 64 TiB

// Throws Error{invalid} with a sentence about `what` (how the user named the image): an empty file; a qcow2
// with a backing file, an external data file, encryption, an unknown version or incompatible feature, dirty
// or corrupt, a header or a table that does not fit the file, whatever `qemu-img check` calls an error, a
// virtual size of 0 or above max_virtual_bytes; a qcow2 that is also an ISO 9660; a format that is not
// supported (vmdk, vdi, vhd, vhdx, qed, luks, parallels, bochs, cloop, dmg by their magic); a compressed file
// or archive (gzip, xz, zstd, bzip2, zip, 7z, tar), named as such. Throws Error{unavailable} when the disk
// cannot be read.
Found probe(int fd, const std::string& what, const Effort& = quickly());

} // namespace image
