#pragma once
// An image file under examination: its true size, bounded reads of it, and the one form of saying no to it.
//
// Threads: values. The descriptor is borrowed and read by pread only.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace image {

class File {
public:
    // `what` is how the user named it. Throws Error{invalid} when it is no regular file.
    File(int fd, const std::string& what);

    std::uint64_t size() const noexcept { return size_; }
    std::uint64_t allocated() const noexcept { return allocated_; } // no more than its size
    // Up to `length` bytes from `offset` on; fewer, or none, where the file ends. Throws Error{unavailable}
    // when the disk fails.
    std::string read(std::uint64_t offset, std::size_t length) const;
    bool has(std::uint64_t offset, std::string_view bytes) const {
        return read(offset, bytes.size()) == bytes;
    }
    // Whether `length` bytes at `offset` are inside of it; no sum can overflow.
    bool holds(std::uint64_t offset, std::uint64_t length) const noexcept {
        return offset <= size_ && length <= size_ - offset;
    }
    // Throws Error{invalid}: the image's name and `predicate` ("has a backing file").
    [[noreturn]] void refuse(const std::string& predicate) const;

private:
    int fd_;
    std::string what_;
    std::uint64_t size_ = 0, allocated_ = 0;
};

} // namespace image
