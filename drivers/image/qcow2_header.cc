#include "drivers/image/qcow2_header.hh"

#include "agent/base/big_endian.hh"

#include <algorithm>

namespace image {
namespace {

constexpr std::uint64_t external_data_bit = 1 << 2, extended_l2_bit = 1 << 4; // of `incompatible`

} // namespace

bool Qcow2Header::has_extended_l2() const noexcept { return (incompatible & extended_l2_bit) != 0; }

bool Qcow2Header::has_external_data() const noexcept { return (incompatible & external_data_bit) != 0; }

Qcow2Header qcow2_header_in(std::string_view head) noexcept {
    const auto u32 = [&](std::size_t at) { return static_cast<std::uint32_t>(big_endian(head, at, 4)); };
    const auto u64 = [&](std::size_t at) { return big_endian(head, at, 8); };
    Qcow2Header header;
    header.version = u32(4);
    header.is_whole = head.starts_with(qcow2_magic) && head.size() >= header.least_length();
    header.backing_offset = u64(8);
    header.backing_bytes = u32(16);
    header.cluster_bits = u32(20);
    header.virtual_bytes = u64(24);
    header.crypt_method = u32(32);
    header.l1_entries = u32(36);
    header.l1_offset = u64(40);
    header.refcount_table_offset = u64(48);
    header.refcount_table_clusters = u32(56);
    header.snapshots = u32(60);
    header.snapshots_offset = u64(64);
    if (header.version < 3) return header;
    header.incompatible = u64(72);
    header.autoclear = u64(88);
    header.refcount_order = u32(96);
    header.length = u32(100);
    if (header.length > Qcow2Header::least_v3)
        header.compression_type = static_cast<unsigned>(big_endian(head, Qcow2Header::least_v3, 1));
    return header;
}

// Each is a type, a length and as many bytes, filled up to eight; the last one is of type 0.
Qcow2Extensions qcow2_extensions_in(std::string_view head, std::uint64_t from) {
    Qcow2Extensions found;
    auto rest = head.substr(static_cast<std::size_t>(std::min<std::uint64_t>(from, head.size())));
    while (rest.size() >= 8) {
        const auto type = big_endian(rest, 0, 4), length = big_endian(rest, 4, 4);
        if (type == 0) {
            found.have_end = true;
            return found;
        }
        rest.remove_prefix(8);
        found.all.push_back({type, length, rest.substr(0, length)});
        if (length > rest.size()) return found;
        rest.remove_prefix(std::min<std::size_t>((length + 7) / 8 * 8, rest.size()));
    }
    return found;
}

} // namespace image
