#include "drivers/pool/copy.hh"

#include "agent/base/error.hh"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/fs.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace hv::pool {
namespace {

constexpr std::uint64_t stride = std::uint64_t{4} << 20; // between two looks at the stop token
constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

[[noreturn]] void fail(const std::string& doing, int code) {
    if (code == ENOSPC || code == EDQUOT) throw Error(Fault::unavailable, "no space left in the pool");
    if (code == EFBIG)
        throw Error(Fault::unavailable, "the file system of the pool cannot hold a file of that size");
    throw Error(Fault::unavailable, doing + ": " + std::generic_category().message(code));
}

[[noreturn]] void fail_short(std::uint64_t at, std::uint64_t bytes) {
    throw Error(Fault::conflict, "the original was changed while it was copied: it ended after " +
                                     std::to_string(at) + " of " + std::to_string(bytes) + " bytes");
}

off_t signed_offset(std::uint64_t offset) { return static_cast<off_t>(offset); }

// What there is at `from`: data up to `end`, after a hole up to `begin`. Nothing but a hole: begin == end == bytes.
struct Extent {
    std::uint64_t begin;
    std::uint64_t end;
};

Extent next_extent(int source, std::uint64_t from, std::uint64_t bytes) {
    const off_t data = ::lseek(source, signed_offset(from), SEEK_DATA);
    if (data < 0 && errno == ENXIO) return {bytes, bytes};
    if (data < 0) return {from, bytes}; // a file system that does not tell: all of it is data
    const off_t hole = ::lseek(source, data, SEEK_HOLE);
    const auto begin = std::min(static_cast<std::uint64_t>(data), bytes);
    return {begin, hole < 0 ? bytes : std::clamp(static_cast<std::uint64_t>(hole), begin, bytes)};
}

// Copies extents with what works best on this pair of file systems; once copy_file_range has been refused, it is
// not asked again.
class Copier {
public:
    Copier(int source, int target, std::uint64_t bytes) : source_(source), target_(target), bytes_(bytes) {}

    void copy(std::uint64_t from, std::uint64_t to) {
        while (from < to)
            from += in_kernel_ ? step_in_kernel(from, to - from) : step_by_hand(from, to - from);
    }

private:
    std::uint64_t step_in_kernel(std::uint64_t at, std::uint64_t length) {
        off_t in = signed_offset(at);
        off_t out = in;
        const auto done = ::copy_file_range(source_, &in, target_, &out, length, 0);
        if (done > 0) return static_cast<std::uint64_t>(done);
        if (done < 0 && errno == EINTR) return 0;
        if (done < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO))
            fail("cannot copy the original", errno);
        in_kernel_ =
            false; // EXDEV, EINVAL, EOPNOTSUPP, or 0 from a file system that only pretends: read() knows
        return 0;
    }

    std::uint64_t step_by_hand(std::uint64_t at, std::uint64_t length) {
        buffer_.resize(buffer_bytes);
        const auto got = ::pread(source_, buffer_.data(), std::min<std::uint64_t>(length, buffer_.size()),
                                 signed_offset(at));
        if (got < 0 && errno == EINTR) return 0;
        if (got < 0) fail("cannot read the original", errno);
        if (got == 0) fail_short(at, bytes_);
        write_at(target_, std::string_view(buffer_.data(), static_cast<std::size_t>(got)), at);
        return static_cast<std::uint64_t>(got);
    }

    int source_;
    int target_;
    std::uint64_t bytes_;
    bool in_kernel_ = true;
    std::vector<char> buffer_;
};

std::uint64_t length_of(int file) {
    struct stat is {};
    if (::fstat(file, &is) != 0) fail("cannot read the original", errno);
    return static_cast<std::uint64_t>(is.st_size);
}

} // namespace

void copy_sparse(int source, int target, std::uint64_t bytes,
                 const std::function<void(std::uint64_t)>& progress, const std::stop_token& stop) {
    const auto look_up = [&](std::uint64_t done) {
        if (stop.stop_requested()) throw Error(Fault::conflict, "it was stopped");
        progress(done);
    };
    look_up(0);
    // Reflinks take the file as it is now; a longer one is cut below, a shorter one found out.
    const bool shared = ::ioctl(target, FICLONE, source) == 0;
    Copier copier(source, target, bytes);
    for (std::uint64_t at = 0; !shared && at < bytes;) {
        const auto extent = next_extent(source, at, bytes);
        for (at = extent.begin; at < extent.end;) {
            const auto end = std::min(at + stride, extent.end);
            copier.copy(at, end);
            look_up(at = end);
        }
    }
    // A hole at the end looks the same as an end that is gone.
    if (const auto length = length_of(shared ? target : source); length < bytes) fail_short(length, bytes);
    set_length(target, bytes);
    look_up(bytes);
}

void write_at(int file, std::string_view data, std::uint64_t at) {
    while (!data.empty()) {
        const auto put = ::pwrite(file, data.data(), data.size(), signed_offset(at));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) fail("cannot write the volume", errno);
        data.remove_prefix(static_cast<std::size_t>(put));
        at += static_cast<std::uint64_t>(put);
    }
}

void set_length(int file, std::uint64_t bytes) {
    if (::ftruncate(file, signed_offset(bytes)) != 0) fail("cannot set the length of the volume", errno);
}

void sync_file(int file) {
    if (::fsync(file) != 0) fail("cannot write the volume", errno);
}

} // namespace hv::pool
