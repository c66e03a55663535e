#include "drivers/image/qcow2_tables.hh"

#include "agent/base/big_endian.hh"
#include "agent/base/error.hh"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

namespace image {
namespace {

// Of entries; what is not an offset in them must be 0.
constexpr std::uint64_t copied = std::uint64_t{1} << 63, compressed = std::uint64_t{1} << 62, zero = 1;
constexpr std::uint64_t offset_mask = 0x00ff'ffff'ffff'fe00;
constexpr std::uint64_t l1_reserved = 0x7f00'0000'0000'01ff, l2_reserved = 0x3f00'0000'0000'01fe,
                        refcount_reserved = 0x1ff, bitmap_reserved = 0xff00'0000'0000'01fe;
constexpr std::uint64_t low_half = 0xffff'ffff;

constexpr std::uint64_t sector = 512;
constexpr std::uint64_t at_once = 64 << 10; // bytes of a table
constexpr std::uint16_t most_counted = 0xffff;

constexpr std::uint64_t snapshot_entry = 40, bitmap_entry = 24; // without their names
constexpr std::uint64_t most_l1_bytes = 32 << 20, most_extra_bytes = 1024, most_snapshot_bytes = 64 << 20;
constexpr std::uint64_t most_bitmap_table = 0x800'0000;

struct Exhausted {};

std::uint64_t entry_at(const std::string& bytes, std::size_t at) noexcept {
    std::uint64_t entry;
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    return std::endian::native == std::endian::little ? __builtin_bswap64(entry) : entry;
}

class Examination {
public:
    Examination(const File& file, const CheckedQcow2& header, const Effort& effort)
        : file_(file), header_(header), effort_(effort), left_(effort.table_bytes),
          cluster_(header.cluster()),
          // QEMU sees whole sectors.
          end_((file.size() + sector - 1) / sector * sector) {}

    void run() {
        const auto clusters = (end_ + cluster_ - 1) / cluster_;
        // The counts of all clusters of a large image are too many to be kept: it is gone through several times.
        for (first_ = 0; first_ < clusters; first_ += effort_.clusters_at_once) {
            const auto count =
                static_cast<std::size_t>(std::min(effort_.clusters_at_once, clusters - first_));
            counted_.assign(count, 0);
            named_.assign(count, 0);
            read_counts();
            name_all();
            for (std::size_t each = 0; each < count; ++each)
                if (named_[each] > counted_[each] || named_[each] == most_counted)
                    file_.refuse("is damaged: a cluster is used more often than it is counted"
                                 " (qemu-img check says more)");
        }
    }

private:
    [[noreturn]] void refuse_damaged(const std::string& what) const {
        file_.refuse("is damaged: " + what + " (qemu-img check says more)");
    }

    // All of it, which lies within the file.
    std::string read(std::uint64_t offset, std::uint64_t bytes, const char* what) {
        if (!file_.holds(offset, bytes))
            file_.refuse(std::string("is cut short: ") + what + " lies behind its end");
        if (effort_.stop.stop_requested()) throw Error(Fault::unavailable, "the examination was stopped");
        if (bytes > left_) throw Exhausted();
        left_ -= bytes;
        auto read = file_.read(offset, static_cast<std::size_t>(bytes));
        if (read.size() < bytes) file_.refuse(std::string("is cut short: ") + what + " lies behind its end");
        return read;
    }

    template <class F>
    void for_each_entry(std::uint64_t offset, std::uint64_t entries, const char* what, F&& take) {
        for (std::uint64_t done = 0; done < entries * 8; done += at_once) {
            const auto part = read(offset + done, std::min(at_once, entries * 8 - done), what);
            for (std::size_t at = 0; at < part.size(); at += 8)
                if (const auto entry = entry_at(part, at)) take(entry);
        }
    }

    void require_aligned(std::uint64_t offset, const char* what) const {
        if (offset % cluster_ != 0) refuse_damaged(std::string(what) + " lies across clusters");
    }

    // The last cluster may be there in part only.
    void name(std::uint64_t offset, std::uint64_t bytes, const char* what) {
        if (bytes == 0) return;
        if (offset > end_ || (offset + bytes > end_ && offset + bytes - end_ >= cluster_))
            file_.refuse(std::string("is cut short: ") + what + " lies behind its end");
        const auto last = (offset + bytes - 1) / cluster_;
        for (auto each = std::max(offset / cluster_, first_); each <= last && each - first_ < named_.size();
             ++each)
            if (named_[each - first_] < most_counted) ++named_[each - first_];
    }

    // That there is no other use of the cluster is noted beside its place, too.
    void require_copied_as_counted(std::uint64_t offset, bool is_copied) const {
        const auto cluster = offset / cluster_;
        if (cluster < first_ || cluster - first_ >= counted_.size()) return;
        if ((counted_[cluster - first_] == 1) != is_copied)
            refuse_damaged("a cluster is not counted as often as is noted beside its place");
    }

    // ---- reference counts ----------------------------------------------------------------------------------------

    template <class F> void for_each_block(F&& take) {
        std::uint64_t index = 0;
        const auto entries = header_.refcount_table_clusters * cluster_ / 8;
        for (std::uint64_t done = 0; done < entries * 8; done += at_once) {
            const auto part = read(header_.refcount_table_offset + done,
                                   std::min(at_once, entries * 8 - done), "the refcount table");
            for (std::size_t at = 0; at < part.size(); at += 8, ++index)
                if (const auto entry = entry_at(part, at)) take(index, entry);
        }
    }

    void read_counts() {
        const auto in_block = cluster_ * 8 >> header_.refcount_order;
        for_each_block([&](std::uint64_t index, std::uint64_t entry) {
            if ((entry & refcount_reserved) != 0) refuse_damaged("an entry of the refcount table is none");
            require_aligned(entry, "a refcount block");
            if (!file_.holds(entry, cluster_))
                file_.refuse("is cut short: a refcount block lies behind its end");
            const auto begin = index * in_block; // no overflow: the table has at most 2^20 entries
            if (begin >= first_ + counted_.size() || begin + in_block <= first_) return;
            read_block(read(entry, cluster_, "a refcount block"), begin, in_block);
        });
    }

    void read_block(const std::string& block, std::uint64_t begin, std::uint64_t in_block) {
        const auto from = std::max(begin, first_);
        const auto to = std::min(begin + in_block, first_ + counted_.size());
        for (auto each = from; each < to; ++each)
            counted_[each - first_] = count_in(block, static_cast<std::size_t>(each - begin));
    }

    std::uint16_t count_in(const std::string& block, std::size_t index) const noexcept {
        const auto order = header_.refcount_order;
        if (order < 3) { // several in one byte, the first in its low bits
            const auto byte = static_cast<unsigned char>(block[index >> (3 - order)]);
            const auto shift = (index & ((std::size_t{1} << (3 - order)) - 1)) << order;
            return static_cast<std::uint16_t>(byte >> shift & ((1U << (1U << order)) - 1));
        }
        const auto width = std::size_t{1} << (order - 3);
        return static_cast<std::uint16_t>(
            std::min<std::uint64_t>(big_endian(block, index * width, width), most_counted));
    }

    // ---- everything that is named --------------------------------------------------------------------------------

    void name_all() {
        name(0, cluster_, "the header");
        name(header_.refcount_table_offset, header_.refcount_table_clusters * cluster_, "the refcount table");
        for_each_block(
            [&](std::uint64_t, std::uint64_t entry) { name(entry, cluster_, "a refcount block"); });
        name_l1(header_.l1_offset, header_.l1_entries, true);
        if (header_.snapshots != 0) name_snapshots();
        if (header_.bitmaps != 0) name_bitmaps();
    }

    void name_l1(std::uint64_t offset, std::uint64_t entries, bool is_active) {
        name(offset, entries * 8, "an L1 table");
        for_each_entry(offset, entries, "an L1 table", [&](std::uint64_t entry) {
            if ((entry & l1_reserved) != 0) refuse_damaged("an entry of an L1 table is none");
            const auto table = entry & offset_mask;
            require_aligned(table, "an L2 table");
            name(table, cluster_, "an L2 table");
            if (is_active && table != 0) require_copied_as_counted(table, (entry & copied) != 0);
            name_l2(read(table, cluster_, "an L2 table"), is_active);
        });
    }

    void name_l2(const std::string& table, bool is_active) {
        const bool is_extended = header_.has_extended_l2();
        const std::size_t width = is_extended ? 16 : 8;
        for (std::size_t at = 0; at < table.size(); at += width) {
            const auto entry = entry_at(table, at);
            const auto parts = is_extended ? entry_at(table, at + 8) : 0;
            if (entry == 0 && parts == 0) continue;
            if ((entry & compressed) != 0)
                name_compressed(entry, parts);
            else
                name_data(entry, parts, is_extended, is_active);
        }
    }

    void name_compressed(std::uint64_t entry, std::uint64_t parts) {
        if ((entry & copied) != 0 || parts != 0)
            refuse_damaged("a compressed cluster is noted as if it were none");
        const auto shift = 62 - (header_.cluster_bits - 8);
        const auto offset = entry & ((std::uint64_t{1} << shift) - 1);
        const auto sectors = (entry >> shift & ((std::uint64_t{1} << (header_.cluster_bits - 8)) - 1)) + 1;
        name(offset, sectors * sector - (offset & (sector - 1)), "a compressed cluster");
    }

    void name_data(std::uint64_t entry, std::uint64_t parts, bool is_extended, bool is_active) {
        if ((entry & l2_reserved) != 0) refuse_damaged("an entry of an L2 table is none");
        const bool is_zero = (entry & zero) != 0;
        if (is_zero && (is_extended || header_.version < 3))
            refuse_damaged("a cluster of zeros is noted where there can be none");
        const auto offset = entry & offset_mask;
        // Of each part is known whether it is there, or whether it is all zeros, and never both.
        if ((parts >> 32 & parts & low_half) != 0 || (offset == 0 && (parts & low_half) != 0))
            refuse_damaged("the parts of a cluster are noted in two ways");
        if (offset == 0) return;
        require_aligned(offset, "a cluster of data");
        name(offset, cluster_, "a cluster of data");
        if (is_active) require_copied_as_counted(offset, (entry & copied) != 0);
    }

    void name_snapshots() {
        auto at = header_.snapshots_offset;
        for (std::uint32_t each = 0; each < header_.snapshots; ++each) {
            at = (at + 7) / 8 * 8;
            const auto entry = read(at, snapshot_entry, "the snapshot table");
            const auto extra = big_endian(entry, 36, 4);
            if (extra > most_extra_bytes || (header_.version >= 3 && extra < 16))
                refuse_damaged("the snapshot table has an entry that is none");
            const auto l1_offset = big_endian(entry, 0, 8), l1_entries = big_endian(entry, 8, 4);
            if (l1_entries * 8 > most_l1_bytes) refuse_damaged("an L1 table of a snapshot is too large");
            require_aligned(l1_offset, "an L1 table of a snapshot");
            name_l1(l1_offset, l1_entries, false);
            const auto names = big_endian(entry, 12, 2) + big_endian(entry, 14, 2);
            at += snapshot_entry + extra + names;
            if (at - header_.snapshots_offset > most_snapshot_bytes)
                refuse_damaged("the snapshot table is too large");
            if (!file_.holds(at, 0)) file_.refuse("is cut short: the snapshot table lies behind its end");
        }
        name(header_.snapshots_offset, at - header_.snapshots_offset, "the snapshot table");
    }

    void name_bitmaps() {
        const auto begin = header_.bitmap_directory_offset;
        const auto end = begin + header_.bitmap_directory_bytes;
        name(begin, header_.bitmap_directory_bytes, "the bitmap directory");
        auto at = begin;
        std::uint64_t found = 0;
        for (; at < end; ++found) {
            if (found == header_.bitmaps || end - at < bitmap_entry) break;
            const auto entry = read(at, bitmap_entry, "the bitmap directory");
            const auto table = big_endian(entry, 0, 8), entries = big_endian(entry, 8, 4);
            const auto flags = big_endian(entry, 12, 4), type = big_endian(entry, 16, 1),
                       granularity = big_endian(entry, 17, 1), name_bytes = big_endian(entry, 18, 2),
                       extra = big_endian(entry, 20, 4);
            if (table == 0 || entries == 0 || entries > most_bitmap_table ||
                (flags & ~std::uint64_t{3}) != 0 || type != 1 || granularity < 9 || granularity > 31 ||
                name_bytes == 0 || name_bytes > 1023 || extra != 0)
                refuse_damaged("the bitmap directory has an entry that is none");
            require_aligned(table, "the table of a bitmap");
            name(table, entries * 8, "the table of a bitmap");
            for_each_entry(table, entries, "the table of a bitmap", [&](std::uint64_t part) {
                if ((part & bitmap_reserved) != 0 || ((part & zero) != 0 && (part & offset_mask) != 0))
                    refuse_damaged("an entry of the table of a bitmap is none");
                const auto offset = part & offset_mask;
                require_aligned(offset, "a part of a bitmap");
                if (offset != 0) name(offset, cluster_, "a part of a bitmap");
            });
            at += (bitmap_entry + name_bytes + extra + 7) / 8 * 8;
        }
        if (at != end || found != header_.bitmaps)
            refuse_damaged("the bitmap directory does not fit its size");
    }

    const File& file_;
    const CheckedQcow2& header_;
    const Effort& effort_;
    std::uint64_t left_;
    const std::uint64_t cluster_, end_;
    std::uint64_t first_ = 0; // of the clusters whose counts these are
    std::vector<std::uint16_t> counted_, named_;
};

} // namespace

bool check_qcow2_tables(const File& file, const CheckedQcow2& header, const Effort& effort) {
    try {
        Examination(file, header, effort).run();
        return true;
    } catch (const Exhausted&) {
        if (effort.must_be_whole) file.refuse("has larger tables than are examined here");
        return false;
    }
}

} // namespace image
