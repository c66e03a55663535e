#include "drivers/libvirt/volume_files.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "drivers/libvirt/copy.hh"

#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace hv::libvirt {
namespace {

namespace fs = std::filesystem;

struct Suffix {
    Format format;
    std::string_view text;
};
constexpr std::array suffixes{Suffix{Format::raw, ".raw"}, Suffix{Format::qcow2, ".qcow2"}};
constexpr std::string_view part_suffix = ".part";
constexpr std::size_t uuid_length = 36;
constexpr mode_t mode_of_volumes = 0600;
constexpr mode_t mode_of_directories = 0711;

[[noreturn]] void fail(const std::string& doing, int code) {
    throw Error(Fault::unavailable, doing + ": " + std::generic_category().message(code));
}

struct Name {
    Uuid id;
    Format format;
};

std::optional<Name> volume_of(std::string_view file) {
    const auto id = file.substr(0, uuid_length);
    if (!is_uuid(id)) return std::nullopt;
    for (const auto& suffix : suffixes)
        if (file.substr(uuid_length) == suffix.text) return Name{Uuid(id), suffix.format};
    return std::nullopt;
}

bool is_part(std::string_view file) {
    return file.size() == 1 + uuid_length + part_suffix.size() && file.front() == '.' &&
           is_uuid(file.substr(1, uuid_length)) && file.ends_with(part_suffix);
}

Descriptor open_directory(const fs::path& directory) {
    Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) fail("cannot open the pool directory " + directory.string(), errno);
    return opened;
}

// The names in a directory, all at once, so that nobody has to iterate over it while it changes.
std::vector<std::string> names_in(const Descriptor& directory, const fs::path& path) {
    Descriptor again(::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    Handle<DIR, ::closedir> stream(again ? ::fdopendir(again.get()) : nullptr);
    if (!stream) fail("cannot read the pool directory " + path.string(), errno);
    again.release();
    std::vector<std::string> names;
    for (errno = 0; const dirent* entry = ::readdir(stream.get()); errno = 0)
        names.emplace_back(entry->d_name);
    if (errno != 0) fail("cannot read the pool directory " + path.string(), errno);
    return names;
}

// The volume in that file; nullopt when it is gone, is no regular file or is not whole.
std::optional<Volume> look_at(const Descriptor& directory, const fs::path& path, const Name& name) {
    const auto file_name = volume_name(name.id, name.format);
    struct stat is {};
    if (::fstatat(directory.get(), file_name.c_str(), &is, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return std::nullopt;
        fail("cannot look at volume " + file_name, errno);
    }
    if (!S_ISREG(is.st_mode)) return std::nullopt;
    constexpr std::uint64_t block = 512; // of st_blocks, whatever the file system's own are
    Volume volume{name.id,
                  name.format,
                  static_cast<std::uint64_t>(is.st_size),
                  static_cast<std::uint64_t>(is.st_blocks) * block,
                  path / file_name,
                  {}};
    if (name.format == Format::raw) return volume;

    const Descriptor file(
        ::openat(directory.get(), file_name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno == ENOENT) return std::nullopt;
    if (!file) fail("cannot open volume " + file_name, errno);
    const auto header = read_qcow2_header(file.get());
    if (!header || header->bytes == 0) return std::nullopt;
    volume.bytes = header->bytes;
    if (const auto base = volume_of(fs::path(header->backing).filename().string())) volume.backing = base->id;
    return volume;
}

std::uint64_t big_endian(const unsigned char* from, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | from[i];
    return value;
}

bool read_whole(int file, void* into, std::size_t bytes, std::uint64_t at) {
    const auto got = ::pread(file, into, bytes, static_cast<off_t>(at));
    if (got < 0) fail("cannot read the header of a volume", errno);
    return static_cast<std::size_t>(got) == bytes;
}

// A new name is durable only when its directory has been synced too.
void link_into_place(int directory, const std::string& part, const std::string& volume) {
    // link(), unlike rename(), never replaces anything.
    if (::linkat(directory, part.c_str(), directory, volume.c_str(), 0) != 0) {
        if (errno == EEXIST) throw Error(Fault::conflict, "there is a volume of that name already");
        fail("cannot name the volume", errno);
    }
    sync_file(directory);
}

} // namespace

std::string volume_name(const Uuid& id, Format format) {
    for (const auto& suffix : suffixes)
        if (suffix.format == format) return id + std::string(suffix.text);
    throw Error(Fault::internal, "a format without a suffix");
}

// docs/interop/qcow2.txt of QEMU: big-endian; magic, version, backing file (offset, length), ..., virtual size at 24;
// incompatible features at 72, from version 3 on.
std::optional<Qcow2Header> read_qcow2_header(int file) {
    constexpr std::size_t header_v2 = 72, header_v3 = 80; // as far as it is read
    constexpr std::size_t most_backing = 1023;
    constexpr std::uint64_t external_data_bit = 1U << 2;
    std::array<unsigned char, header_v3> raw{};
    if (!read_whole(file, raw.data(), header_v2, 0) || std::memcmp(raw.data(), "QFI\xfb", 4) != 0)
        return std::nullopt;

    Qcow2Header header;
    header.bytes = big_endian(&raw[24], 8);
    if (big_endian(&raw[4], 4) >= 3) {
        if (!read_whole(file, &raw[header_v2], header_v3 - header_v2, header_v2)) return std::nullopt;
        header.external_data = (big_endian(&raw[header_v2], 8) & external_data_bit) != 0;
    }
    const auto offset = big_endian(&raw[8], 8);
    const auto length = big_endian(&raw[16], 4);
    if (offset == 0) return header;
    if (length > most_backing || offset > INT64_MAX - most_backing) return std::nullopt;
    header.backing.resize(length);
    if (!read_whole(file, header.backing.data(), length, offset)) return std::nullopt;
    return header;
}

PartFile::PartFile(fs::path directory, const Uuid& id)
    : directory_(std::move(directory)), name_("." + id + std::string(part_suffix)),
      file_(::open((directory_ / name_).c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   mode_of_volumes)) {
    if (!file_ && errno == EEXIST) throw Error(Fault::conflict, "it is being filled already");
    if (!file_) fail("cannot make a file in the pool directory " + directory_.string(), errno);
    ::flock(file_.get(), LOCK_EX | LOCK_NB); // without locks on that file system there is one agent to know
}

PartFile::~PartFile() { ::unlink((directory_ / name_).c_str()); }

void PartFile::publish(const std::string& volume) {
    sync_file(file_.get());
    link_into_place(open_directory(directory_).get(), name_, volume);
}

std::vector<Volume> VolumeFiles::list() const {
    const auto directory = open_directory(directory_);
    std::vector<Volume> volumes;
    for (const auto& file : names_in(directory, directory_)) {
        const auto name = volume_of(file);
        if (!name) continue;
        if (auto volume = look_at(directory, directory_, *name)) volumes.push_back(std::move(*volume));
    }
    return volumes;
}

std::optional<Volume> VolumeFiles::find(const Uuid& id) const {
    const auto directory = open_directory(directory_);
    if (!is_uuid(id)) return std::nullopt;
    for (const auto& suffix : suffixes)
        if (auto volume = look_at(directory, directory_, {id, suffix.format})) return volume;
    return std::nullopt;
}

std::uint64_t VolumeFiles::available() const {
    struct statvfs room {};
    if (::statvfs(directory_.c_str(), &room) != 0)
        fail("cannot look at the pool directory " + directory_.string(), errno);
    return std::uint64_t{room.f_bavail} * room.f_frsize;
}

void VolumeFiles::remove(const Uuid& id) const {
    if (!is_uuid(id)) return;
    const auto directory = open_directory(directory_);
    for (const auto& suffix : suffixes) {
        const auto name = volume_name(id, suffix.format);
        if (::unlinkat(directory.get(), name.c_str(), 0) != 0 && errno != ENOENT)
            fail("cannot remove volume " + name, errno);
    }
}

void VolumeFiles::remove_stale_parts() const {
    const auto directory = open_directory(directory_);
    for (const auto& name : names_in(directory, directory_)) {
        if (!is_part(name)) continue;
        const Descriptor file(
            ::openat(directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!file || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) continue;
        if (::unlinkat(directory.get(), name.c_str(), 0) == 0)
            logging::info("removed {}, which an interrupted copy had left in the pool", name);
    }
}

void VolumeFiles::make_directory() const {
    fs::path so_far;
    for (const auto& step : directory_) {
        so_far /= step;
        if (::mkdir(so_far.c_str(), mode_of_directories) == 0) {
            // The umask may have taken something off.
            if (::chmod(so_far.c_str(), mode_of_directories) != 0)
                fail("cannot make the directory " + so_far.string(), errno);
            continue;
        }
        const int why = errno;
        if (std::error_code ignored; !fs::is_directory(so_far, ignored))
            fail("cannot make the directory " + so_far.string(), why);
    }
}

} // namespace hv::libvirt
