#include "agent/service/formats.hh"

#include "agent/base/error.hh"
#include "agent/base/process.hh"
#include "agent/base/text.hh"

#include <chrono>
#include <span>
#include <string_view>
#include <vector>

namespace service {
namespace {

constexpr auto longest = std::chrono::minutes(5);
constexpr std::uintmax_t next_to_nothing = 1 << 20; // bytes

struct Maker {
    std::string_view filesystem;
    std::string program;
    std::vector<std::string> options; // never ask, even though the target is no block device
};

std::span<const Maker> makers() {
    static const std::vector<Maker> all = {
        {"ext4", "mkfs.ext4", {"-q", "-F"}},   {"ext3", "mkfs.ext3", {"-q", "-F"}},
        {"ext2", "mkfs.ext2", {"-q", "-F"}},   {"xfs", "mkfs.xfs", {"-q", "-f"}},
        {"btrfs", "mkfs.btrfs", {"-q", "-f"}}, {"vfat", "mkfs.vfat", {}},
    };
    return all;
}

const Maker* maker_of(const std::string& filesystem) {
    for (const auto& maker : makers())
        if (maker.filesystem == filesystem) return &maker;
    return nullptr;
}

std::string possible() {
    std::string list;
    for (const auto& maker : makers())
        if (process::find(maker.program)) list += (list.empty() ? "" : ", ") + std::string(maker.filesystem);
    return list.empty() ? "none" : list;
}

// mkswap calls it "unable to erase bootbits sectors".
bool has_no_room(const std::filesystem::path& volume) {
    std::error_code unknown;
    const auto space = std::filesystem::space(volume, unknown);
    return !unknown && space.available < next_to_nothing;
}

void make(const std::string& name, std::vector<std::string> options, const std::filesystem::path& volume,
          std::stop_token stop) {
    const auto program = process::find(name);
    if (!program) throw Error(Fault::unavailable, name + " is not installed on this host");
    options.push_back(volume.string());
    const auto result = process::run(*program, options, longest, stop);
    if (result.stopped) throw Error(Fault::conflict, name + " was stopped");
    if (result.timed_out) throw Error(Fault::unavailable, name + " took too long");
    if (result.status != 0)
        throw Error(Fault::unavailable, (has_no_room(volume) ? "no space left in the pool: " : "") + name +
                                            " failed: " + text::printable(text::trim(result.output), 400));
}

} // namespace

void check_format(const std::string& filesystem) {
    const auto* maker = maker_of(filesystem);
    if (!maker || !process::find(maker->program))
        throw Error(Fault::invalid, "a disk of format \"" + text::printable(filesystem) +
                                        "\" cannot be made here (possible: " + possible() + ")");
}

void make_filesystem(const std::filesystem::path& volume, const std::string& filesystem,
                     std::stop_token stop) {
    check_format(filesystem);
    const auto& maker = *maker_of(filesystem);
    make(maker.program, maker.options, volume, stop);
}

void make_swap(const std::filesystem::path& volume, std::stop_token stop) {
    make("mkswap", {}, volume, stop);
}

} // namespace service
