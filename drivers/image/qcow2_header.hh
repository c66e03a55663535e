#pragma once
// What the header of a qcow2 image says (docs/interop/qcow2.txt of QEMU), as it stands there and judged by nobody: the
// one reader of it, whose callers say what they take. Images from outside are judged by qcow2_check.hh; the pool
// reads what QEMU wrote there; the search for users of a file reads anybody's.
//
// Threads: pure functions.

#include <cstdint>
#include <string_view>
#include <vector>

namespace image {

inline constexpr std::string_view qcow2_magic = "QFI\xfb";

struct Qcow2Header {
    // How long it is in a file of version 2, and at least in one of version 3.
    static constexpr std::uint64_t least_v2 = 72, least_v3 = 104;

    bool is_whole = false;     // the magic, and as much as its version has; else what is missing is 0
    std::uint32_t version = 0; // version 1 has a backing file at the same place, and little else
    std::uint64_t backing_offset = 0,
                  backing_bytes = 0; // of the name of the file behind it; offset 0: there is none
    std::uint32_t cluster_bits = 0;
    std::uint64_t virtual_bytes = 0; // what a guest sees
    std::uint32_t crypt_method = 0;
    std::uint64_t l1_entries = 0, l1_offset = 0;
    std::uint64_t refcount_table_offset = 0, refcount_table_clusters = 0;
    std::uint32_t snapshots = 0;
    std::uint64_t snapshots_offset = 0;
    std::uint64_t incompatible = 0,
                  autoclear = 0; // features: must be known; are cleared by who does not know them
    std::uint32_t refcount_order = 4;
    std::uint64_t length = least_v2; // its extensions begin there
    unsigned compression_type = 0;

    std::uint64_t cluster() const noexcept { return std::uint64_t{1} << cluster_bits; }
    bool is_of_known_version() const noexcept { return version == 2 || version == 3; }
    std::uint64_t least_length() const noexcept { return version < 3 ? least_v2 : least_v3; }
    bool has_extended_l2() const noexcept;
    bool has_external_data() const noexcept;
};

// `head`: the beginning of the file; 112 bytes are enough.
inline constexpr std::size_t qcow2_head = 112;
Qcow2Header qcow2_header_in(std::string_view head) noexcept;

struct Qcow2Extension {
    static constexpr std::uint64_t backing_format = 0xe2792aca, bitmaps = 0x23852875, data_file = 0x44415441,
                                   encryption = 0x0537be77;
    std::uint64_t type = 0, length = 0;
    std::string_view data; // shorter than `length` when `head` ends within: then it is the last one
};
struct Qcow2Extensions {
    std::vector<Qcow2Extension> all; // in their order
    bool have_end = false;           // the mark behind the last one; else there may be more
};
// Those in the beginning of a file, from `at` on. They point into `head`.
Qcow2Extensions qcow2_extensions_in(std::string_view head, std::uint64_t at);

} // namespace image
