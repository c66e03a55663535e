#include "drivers/image/qcow2_check.hh"

#include "agent/base/big_endian.hh"
#include "drivers/image/probe.hh"

#include <algorithm>
#include <array>
#include <string>

namespace image {
namespace {

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
// Of the features that are cleared by whoever does not know them.
constexpr std::uint64_t bitmaps_bit = 1 << 0, external_raw_bit = 1 << 1;

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

constexpr std::uint64_t longest_backing_format = 15;

constexpr std::array refused_extensions{
    Refusal{Qcow2Extension::data_file, "names an external data file"},
    Refusal{Qcow2Extension::encryption, "is encrypted"},
};

CheckedQcow2 read_fields(const File& file) {
    const auto head = file.read(0, qcow2_head);
    const CheckedQcow2 header{qcow2_header_in(head)};
    if (head.size() < Qcow2Header::least_v2) file.refuse("is cut short inside of its qcow2 header");
    if (!header.is_of_known_version())
        file.refuse("is a qcow2 of version " + std::to_string(header.version) +
                    "; versions 2 and 3 are supported");
    if (!header.is_whole) file.refuse("is cut short inside of its qcow2 header");
    return header;
}

void check_features(const File& file, const CheckedQcow2& header) {
    if (header.backing_offset != 0) file.refuse("has a backing file");
    if (header.crypt_method != 0) file.refuse("is encrypted");
    for (const auto& each : refused_features)
        if (header.incompatible & each.mark) file.refuse(std::string(each.predicate));
    if (header.autoclear & external_raw_bit) file.refuse("keeps its data in an external file");
    const bool says_type = (header.incompatible & compression_type_bit) != 0;
    if (header.compression_type > 1 || (header.compression_type == 1) != says_type)
        file.refuse("is compressed in a way that is not known here");
}

void check_geometry(const File& file, const CheckedQcow2& header) {
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
    if (header.length < header.least_length() || header.length > header.cluster() ||
        !file.holds(0, header.length))
        file.refuse("has a qcow2 header of an impossible length");
}

void read_bitmaps(const File& file, CheckedQcow2& header, const Qcow2Extension& extension) {
    constexpr std::uint64_t most = 65535, most_bytes = most * 1024;
    const auto data = extension.data;
    if (extension.length != 24 || big_endian(data, 4, 4) != 0)
        file.refuse("has bitmaps that are not known here");
    header.bitmaps = big_endian(data, 0, 4);
    header.bitmap_directory_bytes = big_endian(data, 8, 8);
    header.bitmap_directory_offset = big_endian(data, 16, 8);
    if (header.bitmaps == 0 || header.bitmaps > most || header.bitmap_directory_bytes > most_bytes)
        file.refuse("has bitmaps that are too many");
}

void check_extensions(const File& file, CheckedQcow2& header) {
    const auto cluster = file.read(0, static_cast<std::size_t>(header.cluster()));
    for (const auto& extension : qcow2_extensions_in(cluster, header.length).all) {
        for (const auto& each : refused_extensions)
            if (extension.type == each.mark) file.refuse(std::string(each.predicate));
        if (extension.data.size() < extension.length)
            file.refuse("has a qcow2 header extension that does not fit its first cluster");
        if (extension.type == Qcow2Extension::backing_format && extension.length > longest_backing_format)
            file.refuse("has a qcow2 header extension that is too long");
        if (extension.type == Qcow2Extension::bitmaps && (header.autoclear & bitmaps_bit))
            read_bitmaps(file, header, extension);
    }
}

void check_table(const File& file, const CheckedQcow2& header, const std::string& name, std::uint64_t offset,
                 std::uint64_t bytes) {
    if (offset < header.cluster() || offset % header.cluster() != 0)
        file.refuse("has its " + name + " at an impossible place");
    if (!file.holds(offset, bytes)) file.refuse("ends before the end of its " + name);
}

void check_tables(const File& file, const CheckedQcow2& header) {
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

CheckedQcow2 check_qcow2_header(const File& file) {
    auto header = read_fields(file);
    check_features(file, header);
    check_geometry(file, header);
    check_extensions(file, header);
    check_tables(file, header);
    return header;
}

} // namespace image
