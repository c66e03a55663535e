#include "agent/service/storage/formats.hh"

#include "agent/base/error.hh"
#include "agent/base/process.hh"
#include "agent/base/text.hh"

#include <chrono>
#include <fstream>
#include <span>
#include <string_view>
#include <vector>

namespace service {
namespace {

constexpr auto longest = std::chrono::minutes(5);
constexpr std::uintmax_t next_to_nothing = 1 << 20; // bytes

struct Maker {
    std::string_view filesystem;
    std::string program, package;
    std::vector<std::string> options; // never ask, even though the target is no block device
    // What stands there when it was made.
    std::streamoff at;
    std::string_view mark;
};

const Maker& maker_of_swap() {
    static const Maker maker{"swap", "mkswap", "util-linux",
                             {},     4086,     "SWAPSPACE2"}; // at the end of its first page
    return maker;
}

std::span<const Maker> makers() {
    static const std::vector<Maker> all = {
        {"ext4", "mkfs.ext4", "e2fsprogs", {"-q", "-F"}, 1080, "\x53\xef"},
        {"ext3", "mkfs.ext3", "e2fsprogs", {"-q", "-F"}, 1080, "\x53\xef"},
        {"ext2", "mkfs.ext2", "e2fsprogs", {"-q", "-F"}, 1080, "\x53\xef"},
        {"xfs", "mkfs.xfs", "xfsprogs", {"-q", "-f"}, 0, "XFSB"},
        {"btrfs", "mkfs.btrfs", "btrfs-progs", {"-q", "-f"}, 65600, "_BHRfS_M"},
        {"vfat", "mkfs.vfat", "dosfstools", {}, 510, "\x55\xaa"},
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

// That a program says it is done is not yet that it is.
bool has_mark(const std::filesystem::path& volume, const Maker& maker) {
    std::ifstream file(volume, std::ios::binary);
    std::string found(maker.mark.size(), '\0');
    file.seekg(maker.at);
    file.read(found.data(), static_cast<std::streamsize>(found.size()));
    return file && found == maker.mark;
}

void make(const Maker& maker, const std::filesystem::path& volume, std::stop_token stop) {
    const auto& name = maker.program;
    const auto program = process::find(name);
    if (!program)
        throw Error(Fault::unavailable,
                    name + " is not installed on this host: apt-get install " + maker.package);
    auto options = maker.options;
    options.push_back(volume.string());
    const auto result = process::run(*program, options, longest, stop);
    if (result.stopped) throw Error(Fault::conflict, name + " was stopped");
    if (result.timed_out) throw Error(Fault::unavailable, name + " took too long");
    if (result.status != 0)
        throw Error(Fault::unavailable, (has_no_room(volume) ? "no space left in the pool: " : "") + name +
                                            " failed: " + text::printable(text::trim(result.output), 400));
    if (!has_mark(volume, maker))
        throw Error(Fault::unavailable, name + " said that it was done, and there is no " +
                                            std::string(maker.filesystem) + " on the disk");
}

} // namespace

void check_format(const std::string& filesystem) {
    const auto* maker = maker_of(filesystem);
    if (!maker || !process::find(maker->program))
        throw Error(Fault::invalid, "a disk of format \"" + text::printable(filesystem) +
                                        "\" cannot be made here (possible: " + possible() +
                                        (maker ? "; apt-get install " + maker->package : "") + ")");
}

void make_filesystem(const std::filesystem::path& volume, const std::string& filesystem,
                     std::stop_token stop) {
    check_format(filesystem);
    make(*maker_of(filesystem), volume, stop);
}

void make_swap(const std::filesystem::path& volume, std::stop_token stop) {
    make(maker_of_swap(), volume, stop);
}

} // namespace service
