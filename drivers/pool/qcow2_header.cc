// docs/interop/qcow2.txt of QEMU: big-endian; magic, version, backing file (offset, length), cluster bits, virtual size
// at 24; L1 table, refcount table; from version 3 on features at 72 and, behind the header, extensions.
#include "drivers/pool/qcow2_header.hh"

#include "agent/base/error.hh"
#include "drivers/pool/copy.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace hv::pool {
namespace {

constexpr std::string_view magic("QFI\xfb", 4);
constexpr std::size_t header_v2 = 72, header_v3 = 104; // what every file of that version has
constexpr std::size_t most_backing = 1023;
constexpr std::uint64_t external_data_bit = 1U << 2;
constexpr std::uint32_t extension_end = 0, extension_backing_format = 0xe2792aca;

std::uint64_t number_in(std::string_view from, std::size_t at, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(from[at + i]);
    return value;
}

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

constexpr std::size_t padded(std::size_t length) { return (length + 7) / 8 * 8; }

// The first cluster begins with the header and its extensions.
std::string backing_format_in(std::string_view cluster, std::size_t at) {
    while (at + 8 <= cluster.size()) {
        const auto kind = number_in(cluster, at, 4), length = number_in(cluster, at + 4, 4);
        at += 8;
        if (kind == extension_end || length > cluster.size() - at) return {};
        if (kind == extension_backing_format) return std::string(cluster.substr(at, length));
        at += padded(length);
    }
    return {};
}

// ---- writing -------------------------------------------------------------------------------------------------------

constexpr std::uint64_t cluster_bits = 16, cluster = 1 << cluster_bits;
constexpr std::uint64_t entries_of_a_table = cluster / 8; // L1 and L2 tables have entries of eight bytes
constexpr std::uint64_t largest = std::uint64_t{1} << 50; // one block of refcounts is enough for that
constexpr std::uint64_t compatible_lazy_refcounts = 1;    // cheap, and what the agent's volumes always had
constexpr std::uint64_t refcount_order = 4;               // of 16 bits

void append(std::string& to, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) to += i < 8 ? static_cast<char>(value >> 8 * i & 0xff) : '\0';
}

constexpr std::uint64_t divided(std::uint64_t value, std::uint64_t by) { return (value + by - 1) / by; }

std::string_view name_of(Format format) { return format == Format::qcow2 ? "qcow2" : "raw"; }

} // namespace

std::optional<Qcow2Header> read_qcow2_header(int file) {
    const auto begin = read_at(file, header_v2, 0);
    if (begin.size() < header_v2 || !begin.starts_with(magic)) return std::nullopt;
    Qcow2Header header;
    header.bytes = number_in(begin, 24, 8);
    auto length = header_v2;
    if (number_in(begin, 4, 4) >= 3) {
        const auto more = read_at(file, header_v3 - header_v2, header_v2);
        if (more.size() < header_v3 - header_v2) return std::nullopt;
        header.external_data = (number_in(more, 0, 8) & external_data_bit) != 0;
        length = number_in(more, 28, 4);
    }
    const auto offset = number_in(begin, 8, 8);
    const auto size = number_in(begin, 16, 4);
    if (offset == 0) return header;
    if (size > most_backing || offset > INT64_MAX - most_backing) return std::nullopt;
    header.backing = read_at(file, size, offset);
    if (header.backing.size() != size) return std::nullopt;
    // What comes before the name of the backing file is all that can be an extension.
    header.backing_format =
        backing_format_in(read_at(file, std::min<std::uint64_t>(offset, cluster), 0), length);
    return header;
}

// Clusters: the header, the table of refcounts, one block of them, the L1 table, in which nothing is allocated yet.
void write_overlay(int file, std::uint64_t bytes, const Layer& base) {
    if (base.path.empty() || base.path.size() > most_backing || bytes == 0 || bytes > largest)
        throw Error(Fault::invalid, "no overlay can have that size or that file behind it");
    const auto l1_entries = divided(divided(bytes, cluster), entries_of_a_table);
    const auto l1_clusters = divided(l1_entries, entries_of_a_table);
    const auto clusters = 3 + l1_clusters;
    const auto format = name_of(base.format);
    const auto backing_at = header_v3 + 8 + padded(format.size()) + 8;

    std::string header(magic);
    append(header, 3, 4);
    append(header, backing_at, 8);
    append(header, base.path.size(), 4);
    append(header, cluster_bits, 4);
    append(header, bytes, 8);
    append(header, 0, 4); // not encrypted
    append(header, l1_entries, 4);
    append(header, 3 * cluster, 8);
    append(header, cluster, 8); // the table of refcounts
    append(header, 1, 4);
    append(header, 0, 4 + 8); // no snapshots
    append(header, 0, 8);     // nothing that a reader must know
    append(header, compatible_lazy_refcounts, 8);
    append(header, 0, 8);
    append(header, refcount_order, 4);
    append(header, header_v3, 4);
    append(header, extension_backing_format, 4);
    append(header, format.size(), 4);
    header += format;
    header.resize(header_v3 + 8 + padded(format.size()));
    append(header, extension_end, 8);
    header += base.path;

    std::string table, block;
    append(table, 2 * cluster, 8);
    for (std::uint64_t i = 0; i < clusters; ++i) append(block, 1, 2);
    write_at(file, header, 0);
    write_at(file, table, cluster);
    write_at(file, block, 2 * cluster);
    set_length(file, clusters * cluster);
}

} // namespace hv::pool
