#include "drivers/image/file.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace image {
namespace {

constexpr std::size_t longest_name = 200; // bytes of the user's name for it that a message repeats

} // namespace

File::File(int fd, const std::string& what) : fd_(fd), what_("image " + text::printable(what, longest_name)) {
    struct stat seen {};
    if (::fstat(fd, &seen) != 0)
        throw Error(Fault::unavailable, what_ + " cannot be examined: " + std::strerror(errno));
    if (!S_ISREG(seen.st_mode)) refuse("is no regular file");
    size_ = static_cast<std::uint64_t>(seen.st_size);
    constexpr std::uint64_t block = 512; // stat(2)
    allocated_ = std::min(size_, static_cast<std::uint64_t>(seen.st_blocks) * block);
}

std::string File::read(std::uint64_t offset, std::size_t length) const {
    if (offset >= size_) return {};
    std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - offset)), '\0');
    std::size_t got = 0;
    while (got < bytes.size()) {
        const auto part =
            ::pread(fd_, bytes.data() + got, bytes.size() - got, static_cast<off_t>(offset + got));
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) throw Error(Fault::unavailable, what_ + " cannot be read: " + std::strerror(errno));
        if (part == 0) break; // cut short by somebody since the size was asked
        got += static_cast<std::size_t>(part);
    }
    bytes.resize(got);
    return bytes;
}

void File::refuse(const std::string& predicate) const {
    throw Error(Fault::invalid, what_ + " " + predicate);
}

} // namespace image
