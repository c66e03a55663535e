#include "tests/live/small_disk.hh"

#include "agent/base/handle.hh"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/mount.h>
#include <sys/statvfs.h>

namespace live {
namespace {

void checked(int result, const std::string& doing) {
    if (result != 0) throw std::runtime_error(doing + ": " + std::strerror(errno));
}

std::string size_of(std::uint64_t mebibytes) { return "mode=0711,size=" + std::to_string(mebibytes) + "m"; }

} // namespace

SmallDisk::SmallDisk(std::filesystem::path folder, std::uint64_t mebibytes) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    checked(::mount("small", folder_.c_str(), "tmpfs", 0, size_of(mebibytes).c_str()),
            "mount a small disk on " + folder_.string());
}

// Whoever still holds a file of it keeps it until he lets go.
SmallDisk::~SmallDisk() { ::umount2(folder_.c_str(), MNT_DETACH); }

std::uint64_t SmallDisk::free() const {
    struct statvfs room {};
    checked(::statvfs(folder_.c_str(), &room), "look at " + folder_.string());
    return std::uint64_t{room.f_bavail} * room.f_frsize;
}

void SmallDisk::fill(std::uint64_t leave) {
    const Descriptor file(::open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return;
    // Whoever works there may take some of the room that was just seen.
    constexpr int attempts = 100;
    int failure = ENOSPC;
    for (int i = 0; failure == ENOSPC && i < attempts; ++i) {
        const auto taken = std::filesystem::file_size(filler());
        const auto room = free();
        if (room <= leave) return;
        failure = ::posix_fallocate(file.get(), static_cast<off_t>(taken), static_cast<off_t>(room - leave));
    }
    if (failure != 0) throw std::runtime_error("fill " + folder_.string() + ": " + std::strerror(failure));
}

void SmallDisk::make_room() { std::filesystem::remove(filler()); }

void SmallDisk::grow(std::uint64_t mebibytes) {
    checked(::mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT, size_of(mebibytes).c_str()),
            "enlarge " + folder_.string());
}

} // namespace live
