#include "drivers/pool/sparse_writer.hh"

#include "drivers/pool/copy.hh"

#include <algorithm>
#include <cstring>
#include <fcntl.h>

namespace hv::pool {
namespace {

constexpr std::size_t block = 16 * 1024;  // of zeros: what is worth a hole
constexpr std::uint64_t stride = 8 << 20; // bytes between two calls to the disk

bool is_zero(std::string_view bytes) {
    return bytes.front() == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

} // namespace

void SparseWriter::append(std::string_view bytes) {
    std::size_t begin = 0; // of the run that is to be written
    std::size_t end = 0;
    const auto write_run = [&] { write_at(file_, bytes.substr(begin, end - begin), at_ + begin); };
    while (end < bytes.size()) {
        const auto piece = bytes.substr(end, block);
        if (is_zero(piece)) {
            write_run();
            begin = end + piece.size();
        }
        end += piece.size();
    }
    write_run();
    at_ += bytes.size();
    // Nothing was written there that would have made it longer.
    if (begin == bytes.size()) set_length(file_, at_);
    if (at_ - handed_over_ < stride) return;
    // Only a hint: what fails here fails again in fsync.
    ::sync_file_range(file_, static_cast<off64_t>(handed_over_), static_cast<off64_t>(at_ - handed_over_),
                      SYNC_FILE_RANGE_WRITE);
    handed_over_ = at_;
}

} // namespace hv::pool
