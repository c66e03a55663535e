#include "agent/service/storage/room.hh"

#include "agent/base/error.hh"

#include <algorithm>
#include <string>

namespace service {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t reserve = 64 * mebibyte; // stays free in the pool

std::uint64_t in_mebibytes(std::uint64_t bytes) { return bytes / mebibyte + (bytes % mebibyte != 0 ? 1 : 0); }

bool is_to_be_made(const hv::Disk& disk) {
    using enum hv::Content;
    return disk.content == image || disk.content == swap || disk.content == filesystem;
}

} // namespace

void check_room(Context& context, std::uint64_t bytes) {
    const auto free = context.host.storage().available();
    if (free < reserve || bytes > free - reserve)
        throw Error(Fault::conflict, "no room in the pool: " + std::to_string(in_mebibytes(bytes)) +
                                         " MB are needed beside the " + std::to_string(reserve / mebibyte) +
                                         " MB that stay free, " + std::to_string(free / mebibyte) +
                                         " MB are free");
}

void check_size(const Context& context, std::uint64_t virtual_bytes) {
    const auto most = context.settings.largest_bytes;
    if (virtual_bytes > most)
        throw Error(Fault::invalid, "a disk of " + std::to_string(in_mebibytes(virtual_bytes)) +
                                        " MB is larger than " + std::to_string(in_mebibytes(most)) +
                                        " MB, the most that is allowed here");
}

void check_room(Context& context, const std::vector<hv::Disk>& planned) {
    for (const auto& disk : planned)
        if (is_to_be_made(disk)) check_size(context, disk.bytes);
    if (std::ranges::any_of(planned, is_to_be_made)) check_room(context, 0);
}

} // namespace service
