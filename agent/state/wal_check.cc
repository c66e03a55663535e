#include "agent/state/wal_check.hh"

#include "agent/base/error.hh"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace state {
namespace {

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
constexpr std::size_t header_bytes = 32, frame_header_bytes = 24, summed_of_header = 24, summed_of_frame = 8;
constexpr std::uint32_t magic = 0x377f0682,
                        format = 3007000; // the lowest bit of the magic: sums are of big-endian words
constexpr std::uint32_t smallest_page = 512, largest_page = 65536;

using Bytes = std::vector<unsigned char>;

std::uint32_t big_endian(const unsigned char* from) {
    return std::uint32_t{from[0]} << 24 | std::uint32_t{from[1]} << 16 | std::uint32_t{from[2]} << 8 |
           from[3];
}
std::uint32_t little_endian(const unsigned char* from) {
    return std::uint32_t{from[3]} << 24 | std::uint32_t{from[2]} << 16 | std::uint32_t{from[1]} << 8 |
           from[0];
}

struct Sum {
    bool big = false;
    std::uint32_t first = 0, second = 0;

    void add(const unsigned char* from, std::size_t bytes) {
        const auto word = big ? big_endian : little_endian;
        for (std::size_t at = 0; at < bytes; at += 8) {
            first += word(from + at) + second;
            second += word(from + at + 4) + first;
        }
    }
    bool is(const unsigned char* written) const {
        return first == big_endian(written) && second == big_endian(written + 4);
    }
};

bool read_whole(int file, unsigned char* into, std::size_t bytes, off_t at) {
    for (std::size_t got = 0; got < bytes;) {
        const auto more = ::pread(file, into + got, bytes - got, at + static_cast<off_t>(got));
        if (more < 0 && errno == EINTR) continue;
        if (more < 0)
            throw Error(Fault::unavailable,
                        std::string("cannot read the log of the store: ") + std::strerror(errno));
        if (more == 0) return false;
        got += static_cast<std::size_t>(more);
    }
    return true;
}

} // namespace

std::optional<std::string> fault_of_wal(int file) {
    struct stat is {};
    if (::fstat(file, &is) != 0 || is.st_size == 0) return std::nullopt;
    std::array<unsigned char, header_bytes> header{};
    if (!read_whole(file, header.data(), header.size(), 0)) return "its header is cut short";
    const auto page = big_endian(&header[8]);
    Sum sum{(big_endian(header.data()) & 1U) != 0};
    sum.add(header.data(), summed_of_header);
    const bool page_is_good = page >= smallest_page && page <= largest_page && (page & (page - 1)) == 0;
    if ((big_endian(header.data()) & ~1U) != magic || big_endian(&header[4]) != format || !page_is_good ||
        !sum.is(&header[24]))
        return "its header is no such";

    // Frames of an earlier round have other salts, and come after all those of this one: a frame of this round behind
    // one that is none means that something in between was overwritten.
    Bytes frame(frame_header_bytes + page);
    bool ended = false;
    for (auto at = static_cast<off_t>(header_bytes); read_whole(file, frame.data(), frame.size(), at);
         at += static_cast<off_t>(frame.size())) {
        const bool of_this_round = std::memcmp(&frame[8], &header[16], 8) == 0;
        if (ended && of_this_round) return "a change in the middle of it is no longer readable";
        if (ended) continue;
        sum.add(frame.data(), summed_of_frame);
        sum.add(&frame[frame_header_bytes], page);
        ended = !of_this_round || !sum.is(&frame[16]);
    }
    return std::nullopt;
}

} // namespace state
