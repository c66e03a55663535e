#include "drivers/image/qcow2_header.hh"

#include "drivers/image/probe.hh"

#include <algorithm>
#include <array>
#include <string>

namespace image {
namespace {

constexpr std::size_t v2_header = 72;
constexpr std::size_t v3_header = 104;
// QEMU's own limits: beyond them it refuses the image.
constexpr std::uint32_t least_cluster_bits = 9;
constexpr std::uint32_t most_cluster_bits = 21;
constexpr std::uint32_t least_extended_cluster_bits = 14;
constexpr std::uint64_t most_l1_bytes = 32 << 20;
constexpr std::uint64_t most_refcount_table_bytes = 8 << 20;
constexpr std::uint32_t most_refcount_order = 6;
constexpr std::uint32_t most_snapshots = 65536;
constexpr std::uint64_t least_snapshot_bytes = 40; // an entry of the snapshot table without its names

constexpr std::uint64_t compression_type_bit = 1 << 3;
constexpr std::uint64_t external_raw_bit =
    1 << 1; // of the features that are cleared by whoever does not know them
constexpr std::uint64_t extended_l2_bit = 1 << 4;
constexpr std::uint64_t bitmaps_bit = 1
                                      << 0; // of the features that are cleared by whoever does not know them

struct Refusal {
    std::uint64_t mark;
    std::string_view predicate;
};

constexpr std::array refused_features{
    Refusal{1 << 0, "was not closed cleanly (its dirty bit is set; qemu-img check -r all repairs it)"},
    Refusal{1 << 1, "is marked as corrupt (qemu-img check -r all may repair it)"},
    Refusal{1 << 2, "keeps its data in an external file"},
    Refusal{~std::uint64_t{0x1f}, "needs a qcow2 feature that is not known here"},
};

constexpr std::uint64_t backing_format_extension = 0xe2792aca, bitmaps_extension = 0x23852875;
constexpr std::uint64_t longest_backing_format = 15;

constexpr std::array refused_extensions{
    Refusal{0x44415441, "names an external data file"},
    Refusal{0x0537be77, "is encrypted"},
};

using Header = Qcow2Header;

Header read_fields(const File& file) {
    const auto bytes = file.read(0, v3_header + 8);
    const auto u32 = [&](std::size_t at) { return static_cast<std::uint32_t>(big_endian(bytes, at, 4)); };
    const auto u64 = [&](std::size_t at) { return big_endian(bytes, at, 8); };
    if (bytes.size() < v2_header) file.refuse("is cut short inside of its qcow2 header");
    Header header{u32(4),  u64(8),  u32(20), u64(24), u32(32), u32(36),
                  u64(40), u64(48), u32(56), u32(60), u64(64)};
    if (header.version != 2 && header.version != 3)
        file.refuse("is a qcow2 of version " + std::to_string(header.version) +
                    "; versions 2 and 3 are supported");
    if (header.version == 2) return header;
    if (bytes.size() < v3_header) file.refuse("is cut short inside of its qcow2 header");
    header.incompatible = u64(72);
    header.autoclear = u64(88);
    header.refcount_order = u32(96);
    header.length = u32(100);
    if (header.length > v3_header)
        header.compression_type = static_cast<unsigned>(big_endian(bytes, v3_header, 1));
    return header;
}

void check_features(const File& file, const Header& header) {
    if (header.backing_offset != 0) file.refuse("has a backing file");
    if (header.crypt_method != 0) file.refuse("is encrypted");
    for (const auto& each : refused_features)
        if (header.incompatible & each.mark) file.refuse(std::string(each.predicate));
    if (header.autoclear & external_raw_bit) file.refuse("keeps its data in an external file");
    const bool says_type = (header.incompatible & compression_type_bit) != 0;
    if (header.compression_type > 1 || (header.compression_type == 1) != says_type)
        file.refuse("is compressed in a way that is not known here");
}

void check_geometry(const File& file, const Header& header) {
    if (header.cluster_bits < least_cluster_bits || header.cluster_bits > most_cluster_bits)
        file.refuse("has clusters of 2^" + std::to_string(header.cluster_bits) +
                    " bytes; 2^9 to 2^21 are allowed");
    if (header.has_extended_l2() && header.cluster_bits < least_extended_cluster_bits)
        file.refuse("has extended L2 entries in clusters that are too small for them");
    if (header.refcount_order > most_refcount_order) file.refuse("has reference counts that are too wide");
    if (header.virtual_bytes == 0) file.refuse("has a virtual size of 0");
    if (header.virtual_bytes > max_virtual_bytes)
        file.refuse("has a virtual size of " + std::to_string(header.virtual_bytes) + " bytes; at most " +
                    std::to_string(max_virtual_bytes) + " are allowed");
    const auto least = header.version == 2 ? v2_header : v3_header;
    if (header.length < least || header.length > header.cluster() || !file.holds(0, header.length))
        file.refuse("has a qcow2 header of an impossible length");
}

void read_bitmaps(const File& file, Header& header, std::string_view cluster, std::size_t at,
                  std::uint64_t length) {
    constexpr std::uint64_t most = 65535, most_bytes = most * 1024;
    if (length != 24 || big_endian(cluster, at + 4, 4) != 0)
        file.refuse("has bitmaps that are not known here");
    header.bitmaps = big_endian(cluster, at, 4);
    header.bitmap_directory_bytes = big_endian(cluster, at + 8, 8);
    header.bitmap_directory_offset = big_endian(cluster, at + 16, 8);
    if (header.bitmaps == 0 || header.bitmaps > most || header.bitmap_directory_bytes > most_bytes)
        file.refuse("has bitmaps that are too many");
}

// A list of (type, length, data) behind the header, each padded to 8 bytes, that ends with type 0 or with the
// first cluster.
void read_extensions(const File& file, Header& header) {
    const auto cluster = file.read(0, static_cast<std::size_t>(header.cluster()));
    auto at = static_cast<std::size_t>(header.length);
    while (at + 8 <= cluster.size()) {
        const auto type = big_endian(cluster, at, 4);
        const auto length = big_endian(cluster, at + 4, 4);
        if (type == 0) return;
        for (const auto& each : refused_extensions)
            if (type == each.mark) file.refuse(std::string(each.predicate));
        at += 8;
        if (length > cluster.size() - at)
            file.refuse("has a qcow2 header extension that does not fit its first cluster");
        if (type == backing_format_extension && length > longest_backing_format)
            file.refuse("has a qcow2 header extension that is too long");
        if (type == bitmaps_extension && (header.autoclear & bitmaps_bit))
            read_bitmaps(file, header, cluster, at, length);
        at += static_cast<std::size_t>((length + 7) / 8 * 8);
    }
}

void check_table(const File& file, const Header& header, const std::string& name, std::uint64_t offset,
                 std::uint64_t bytes) {
    if (offset < header.cluster() || offset % header.cluster() != 0)
        file.refuse("has its " + name + " at an impossible place");
    if (!file.holds(offset, bytes)) file.refuse("ends before the end of its " + name);
}

void check_tables(const File& file, const Header& header) {
    const auto l2_entries = header.cluster() / (header.has_extended_l2() ? 16 : 8);
    const auto covered_by_one = header.cluster() * l2_entries;
    const auto needed = (header.virtual_bytes - 1) / covered_by_one + 1;
    if (header.l1_entries < needed) file.refuse("has an L1 table that is too small for its virtual size");
    if (header.l1_entries * 8 > most_l1_bytes) file.refuse("has an L1 table that is too large");
    check_table(file, header, "L1 table", header.l1_offset, header.l1_entries * 8);

    const auto refcount_bytes = header.refcount_table_clusters * header.cluster();
    if (refcount_bytes == 0) file.refuse("has no refcount table");
    if (refcount_bytes > most_refcount_table_bytes) file.refuse("has a refcount table that is too large");
    check_table(file, header, "refcount table", header.refcount_table_offset, refcount_bytes);

    if (header.bitmaps != 0)
        check_table(file, header, "bitmap directory", header.bitmap_directory_offset,
                    header.bitmap_directory_bytes);
    // QEMU looks at the place even when there is nothing at it.
    if (header.snapshots == 0) {
        if (header.snapshots_offset > INT64_MAX || header.snapshots_offset % header.cluster() != 0)
            file.refuse("has its snapshot table at an impossible place");
        return;
    }
    if (header.snapshots > most_snapshots) file.refuse("has too many internal snapshots");
    check_table(file, header, "snapshot table", header.snapshots_offset,
                header.snapshots * least_snapshot_bytes);
}

} // namespace

bool Qcow2Header::has_extended_l2() const noexcept { return (incompatible & extended_l2_bit) != 0; }

std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t width) {
    if (at > bytes.size() || width > bytes.size() - at) return 0;
    std::uint64_t number = 0;
    for (const char each : bytes.substr(at, width)) number = number << 8 | static_cast<unsigned char>(each);
    return number;
}

Qcow2Header read_qcow2_header(const File& file) {
    auto header = read_fields(file);
    check_features(file, header);
    check_geometry(file, header);
    read_extensions(file, header);
    check_tables(file, header);
    return header;
}

} // namespace image
