#pragma once
// A file system of a few MiB in place of a folder, for as long as this lives: to see what a full disk does. Seen by
// everything in the private host, and by nothing outside of it.

#include <cstdint>
#include <filesystem>

namespace live {

class SmallDisk {
public:
    SmallDisk(std::filesystem::path folder, std::uint64_t mebibytes);
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    std::uint64_t free() const; // bytes

    // A file of nobody's takes all but so many bytes, as something else on that disk would; it makes room again when it
    // goes.
    void fill(std::uint64_t leave = 0);
    void make_room();
    // As a disk that is enlarged.
    void grow(std::uint64_t mebibytes);

private:
    std::filesystem::path filler() const { return folder_ / "somebody-elses"; }

    std::filesystem::path folder_;
};

} // namespace live
