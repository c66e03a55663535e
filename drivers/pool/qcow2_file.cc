#include "drivers/pool/qcow2_file.hh"

#include "agent/base/big_endian.hh"
#include "agent/base/error.hh"
#include "drivers/image/qcow2_header.hh"
#include "drivers/pool/copy.hh"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace hv::pool {
namespace {

constexpr std::size_t most_backing = 1023; // as QEMU takes
constexpr std::uint64_t cluster_bits = 16, cluster = 1 << cluster_bits;

// As much as there is.
std::string read_at(int file, std::size_t bytes, std::uint64_t at) {
    std::string content(bytes, '\0');
    ssize_t got = 0;
    do got = ::pread(file, content.data(), bytes, static_cast<off_t>(at));
    while (got < 0 && errno == EINTR);
    if (got < 0)
        throw Error(Fault::unavailable,
                    "cannot read the header of a volume: " + std::generic_category().message(errno));
    content.resize(static_cast<std::size_t>(got));
    return content;
}

// Written as QEMU takes it: of two the last one.
std::string backing_format_in(std::string_view head, std::uint64_t at) {
    std::string format;
    for (const auto& extension : image::qcow2_extensions_in(head, at).all)
        if (extension.type == image::Qcow2Extension::backing_format &&
            extension.data.size() == extension.length)
            format = extension.data;
    return format;
}

// ---- writing -------------------------------------------------------------------------------------------------------

constexpr std::uint64_t entries_of_a_table = cluster / 8; // L1 and L2 tables have entries of eight bytes
constexpr std::uint64_t largest = std::uint64_t{1} << 50; // one block of refcounts is enough for that
constexpr std::uint64_t compatible_lazy_refcounts = 1;    // cheap, and what the agent's volumes always had
constexpr std::uint64_t refcount_order = 4;               // of 16 bits

constexpr std::size_t padded(std::size_t length) { return (length + 7) / 8 * 8; }

constexpr std::uint64_t divided(std::uint64_t value, std::uint64_t by) { return (value + by - 1) / by; }

std::string_view name_of(Format format) { return format == Format::qcow2 ? "qcow2" : "raw"; }

} // namespace

std::optional<Qcow2File> read_qcow2(int file) {
    const auto header = image::qcow2_header_in(read_at(file, image::qcow2_head, 0));
    if (!header.is_whole || !header.is_of_known_version() || header.length < header.least_length())
        return std::nullopt;
    Qcow2File found{header.virtual_bytes, "", "", header.has_external_data()};
    if (header.backing_offset == 0) return found;
    if (header.backing_bytes > most_backing || header.backing_offset > INT64_MAX - most_backing)
        return std::nullopt;
    found.backing = read_at(file, header.backing_bytes, header.backing_offset);
    if (found.backing.size() != header.backing_bytes) return std::nullopt;
    // What comes before the name of the backing file is all that can be an extension.
    found.backing_format =
        backing_format_in(read_at(file, std::min(header.backing_offset, cluster), 0), header.length);
    return found;
}

// Clusters: the header, the table of refcounts, one block of them, the L1 table, in which nothing is allocated yet.
void write_overlay(int file, std::uint64_t bytes, const Layer& base) {
    if (base.path.empty() || base.path.size() > most_backing || bytes == 0 || bytes > largest)
        throw Error(Fault::invalid, "no overlay can have that size or that file behind it");
    const auto l1_entries = divided(divided(bytes, cluster), entries_of_a_table);
    const auto l1_clusters = divided(l1_entries, entries_of_a_table);
    const auto clusters = 3 + l1_clusters;
    const auto format = name_of(base.format);
    constexpr auto length = image::Qcow2Header::least_v3;
    const auto extensions = 8 + padded(format.size()) + 8;

    std::string header(image::qcow2_magic);
    const auto append = [&header](std::uint64_t value, std::size_t width) {
        header += to_big_endian(value, width);
    };
    append(3, 4);
    append(length + extensions, 8);
    append(base.path.size(), 4);
    append(cluster_bits, 4);
    append(bytes, 8);
    append(0, 4); // not encrypted
    append(l1_entries, 4);
    append(3 * cluster, 8);
    append(cluster, 8); // the table of refcounts
    append(1, 4);
    append(0, 4 + 8); // no snapshots
    append(0, 8);     // nothing that a reader must know
    append(compatible_lazy_refcounts, 8);
    append(0, 8);
    append(refcount_order, 4);
    append(length, 4);
    append(image::Qcow2Extension::backing_format, 4);
    append(format.size(), 4);
    header += format;
    header.resize(length + 8 + padded(format.size()));
    append(0, 8); // the end of the extensions
    header += base.path;

    const auto table = to_big_endian(2 * cluster, 8);
    std::string block;
    for (std::uint64_t i = 0; i < clusters; ++i) block += to_big_endian(1, 2);
    write_at(file, header, 0);
    write_at(file, table, cluster);
    write_at(file, block, 2 * cluster);
    set_length(file, clusters * cluster);
}

} // namespace hv::pool
