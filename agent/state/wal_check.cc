#include "agent/state/wal_check.hh"

#include "agent/base/big_endian.hh"
#include "agent/base/error.hh"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace state {
namespace {

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
constexpr std::size_t header_bytes = 32, frame_header_bytes = 24, summed_of_header = 24, summed_of_frame = 8;
constexpr std::uint32_t magic = 0x377f0682,
                        format = 3007000; // the lowest bit of the magic: sums are of big-endian words
constexpr std::uint32_t smallest_page = 512, largest_page = 65536;

std::uint32_t word(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint32_t>(big_endian(bytes, at, 4));
}

struct Sum {
    bool of_big_endian = false;
    std::uint32_t first = 0, second = 0;

    void add(std::string_view bytes) {
        for (std::size_t at = 0; at < bytes.size(); at += 8) {
            first += summand(bytes, at) + second;
            second += summand(bytes, at + 4) + first;
        }
    }
    bool stands_at(std::string_view bytes, std::size_t at) const {
        return first == word(bytes, at) && second == word(bytes, at + 4);
    }

private:
    std::uint32_t summand(std::string_view bytes, std::size_t at) const {
        return of_big_endian ? word(bytes, at) : __builtin_bswap32(word(bytes, at));
    }
};

// Fills `into` with what stands at `at`; false when the file ends before that.
bool read_whole(int file, std::string& into, off_t at) {
    for (std::size_t got = 0; got < into.size();) {
        const auto more = ::pread(file, into.data() + got, into.size() - got, at + static_cast<off_t>(got));
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
    std::string header(header_bytes, '\0');
    if (!read_whole(file, header, 0)) return "its header is cut short";
    const auto page = word(header, 8);
    Sum sum{(word(header, 0) & 1U) != 0};
    sum.add(std::string_view(header).substr(0, summed_of_header));
    const bool page_is_good = page >= smallest_page && page <= largest_page && (page & (page - 1)) == 0;
    if ((word(header, 0) & ~1U) != magic || word(header, 4) != format || !page_is_good ||
        !sum.stands_at(header, 24))
        return "its header is no such";

    // Frames of an earlier round have other salts, and come after all those of this one: a frame of this round behind
    // one that is none means that something in between was overwritten.
    std::string frame(frame_header_bytes + page, '\0');
    const std::string_view seen(frame);
    bool ended = false;
    for (auto at = static_cast<off_t>(header_bytes); read_whole(file, frame, at);
         at += static_cast<off_t>(frame.size())) {
        const bool of_this_round = seen.substr(8, 8) == std::string_view(header).substr(16, 8);
        if (ended && of_this_round) return "a change in the middle of it is no longer readable";
        if (ended) continue;
        sum.add(seen.substr(0, summed_of_frame));
        sum.add(seen.substr(frame_header_bytes));
        ended = !of_this_round || !sum.stands_at(seen, 16);
    }
    return std::nullopt;
}

} // namespace state
