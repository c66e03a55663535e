#include "drivers/pool/volume_files.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/reopen.hh"
#include "agent/base/text.hh"
#include "drivers/pool/copy.hh"
#include "drivers/pool/notes.hh"
#include "drivers/pool/qcow2_file.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <set>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace hv::pool {
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
constexpr std::size_t longest_chain = 64;
constexpr std::string_view own_folder = ".occi-agent"; // what the agent keeps of itself

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

bool is_one_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos &&
           name.find('\0') == name.npos;
}

std::optional<Format> format_called(std::string_view name) {
    if (name == "raw") return Format::raw;
    if (name == "qcow2") return Format::qcow2;
    return std::nullopt;
}

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
    throw Error(Fault::conflict, "the file " + text::printable(file) + " " + why);
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

std::uint64_t allocated(const struct stat& is) {
    constexpr std::uint64_t block = 512; // of st_blocks, whatever the file system's own are
    return static_cast<std::uint64_t>(is.st_blocks) * block;
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
    Volume volume{name.id,       name.format,      static_cast<std::uint64_t>(is.st_size),
                  allocated(is), path / file_name, {}};
    if (name.format == Format::raw) return volume;

    const Descriptor file(
        ::openat(directory.get(), file_name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno == ENOENT) return std::nullopt;
    if (!file) fail("cannot open volume " + file_name, errno);
    const auto header = read_qcow2(file.get());
    if (!header || header->bytes == 0) return std::nullopt;
    volume.bytes = header->bytes;
    if (const auto base = volume_of(fs::path(header->backing).filename().string())) volume.backing = base->id;
    return volume;
}

std::vector<Volume> all_named(const Descriptor& directory, const fs::path& path, const Uuid& id) {
    std::vector<Volume> all;
    for (const auto& suffix : suffixes)
        if (auto volume = look_at(directory, path, {id, suffix.format})) all.push_back(std::move(*volume));
    return all;
}

// The one file of a volume, or nullopt.
std::optional<Volume> the_one(std::vector<Volume> all) {
    if (all.size() > 1)
        throw Error(Fault::conflict, "there are two files for volume " + all[0].id + ", " +
                                         volume_name(all[0].id, all[0].format) + " and " +
                                         volume_name(all[1].id, all[1].format) +
                                         ": take the one that is not meant out of the pool");
    return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

// Those that lie in the directory twice.
std::set<Uuid> named_twice(const std::vector<std::string>& files) {
    std::set<Uuid> once, twice;
    for (const auto& file : files)
        if (const auto name = volume_of(file); name && !once.insert(name->id).second) twice.insert(name->id);
    return twice;
}

// The volume in that file, unless another whole file has its name, too.
std::optional<Volume> look_at_sole(const Descriptor& directory, const fs::path& path, const Name& name,
                                   const std::set<Uuid>& twice) {
    auto volume = look_at(directory, path, name);
    if (volume && twice.contains(name.id) && all_named(directory, path, name.id).size() > 1)
        return std::nullopt;
    return volume;
}

bool is_same_directory(const fs::path& a, const fs::path& b) {
    std::error_code ignored;
    return a.lexically_normal() == b.lexically_normal() || fs::equivalent(a, b, ignored);
}

// QEMU takes a name without a path as one beside the overlay. Anything else that is no path ("json:", "nbd:") is no
// file.
std::string resolved(const std::string& backing, const fs::path& directory) {
    const bool is_beside = is_one_name(backing) && backing.find(':') == backing.npos;
    return is_beside ? (directory / backing).string() : backing;
}

// Of a qcow2 file, that leads to nothing but a backing file.
Qcow2File sound_header(const VolumeFiles& files, const std::string& name) {
    const auto file = files.open(name, O_RDONLY);
    const auto header = read_qcow2(file.get());
    if (!header || header->bytes == 0) refuse(name, "is no whole qcow2 image");
    if (header->external_data) refuse(name, "keeps its data in another file");
    return *header;
}

// An overlay whose files are all in the pool; whatever else it is stays without a chain.
void take_chain(const VolumeFiles& files, Stray& stray) {
    try {
        const auto header = sound_header(files, stray.name);
        if (header.backing.empty()) return;
        stray.chain = files.chain_of(stray.name, Format::qcow2);
        stray.bytes = header.bytes;
    } catch (const Error& failure) {
        logging::debug("{}", failure.what());
    }
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
    const auto files = names_in(directory, directory_);
    const auto twice = named_twice(files);
    for (const auto& file : files) {
        const auto name = volume_of(file);
        if (!name) continue;
        if (auto volume = look_at_sole(directory, directory_, *name, twice))
            volumes.push_back(std::move(*volume));
    }
    return volumes;
}

std::optional<Volume> VolumeFiles::find(const Uuid& id) const {
    const auto directory = open_directory(directory_);
    return is_uuid(id) ? the_one(all_named(directory, directory_, id)) : std::nullopt;
}

std::vector<Stray> VolumeFiles::strays() const {
    const auto directory = open_directory(directory_);
    std::vector<Stray> strays;
    const auto files = names_in(directory, directory_);
    const auto twice = named_twice(files);
    for (const auto& file : files) {
        if (file == "." || file == ".." || file == own_folder || is_part(file) || is_note(file)) continue;
        const auto name = volume_of(file);
        if (name && look_at_sole(directory, directory_, *name, twice)) continue;
        struct stat is {};
        if (::fstatat(directory.get(), file.c_str(), &is, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(is.st_mode))
            continue; // gone, or a folder: of a file system's own, say
        Stray stray{file, directory_ / file, static_cast<std::uint64_t>(is.st_size), allocated(is), {}};
        // What is called raw is the bytes of a guest, who may have written a header there.
        if (S_ISREG(is.st_mode) && !std::string_view(file).ends_with(".raw")) take_chain(*this, stray);
        strays.push_back(std::move(stray));
    }
    return strays;
}

Descriptor VolumeFiles::open(const std::string& name, int flags) const {
    if (!is_one_name(name)) throw Error(Fault::not_found, "there is no file " + text::printable(name));
    const auto directory = open_directory(directory_);
    const Descriptor found(::openat(directory.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!found && errno == ENOENT)
        throw Error(Fault::not_found, "there is no file " + text::printable(name) + " in the pool");
    struct stat is {};
    if (!found || ::fstat(found.get(), &is) != 0)
        fail("cannot look at the file " + text::printable(name), errno);
    if (!S_ISREG(is.st_mode)) refuse(name, "is no regular file");
    auto file = reopen(found, flags);
    if (!file) fail("cannot open the file " + text::printable(name), errno);
    return file;
}

void VolumeFiles::discard(const std::string& stray) const {
    if (!is_one_name(stray) || is_part(stray) || is_note(stray)) return;
    const auto directory = open_directory(directory_);
    const auto name = volume_of(stray);
    if (name && look_at(directory, directory_, *name)) refuse(stray, "is a volume");
    if (::unlinkat(directory.get(), stray.c_str(), 0) != 0 && errno != ENOENT)
        fail("cannot remove the file " + text::printable(stray), errno);
}

std::optional<std::string> VolumeFiles::pretender() const {
    constexpr std::array<std::string_view, 6> marks{"QFI\xfb", "QED", "KDMV", "COWD", "OOOM", "# Disk"};
    for (const auto& volume : list()) {
        if (volume.format != Format::raw) continue;
        std::array<char, 8> begin{};
        const auto name = volume_name(volume.id, volume.format);
        if (::pread(open(name, O_RDONLY).get(), begin.data(), begin.size(), 0) < 0)
            fail("cannot read volume " + name, errno);
        const std::string_view bytes(begin.data(), begin.size());
        if (std::ranges::any_of(marks, [&](std::string_view mark) { return bytes.starts_with(mark); }))
            return name;
    }
    return std::nullopt;
}

std::string VolumeFiles::name_below(const std::string& path) const {
    const fs::path file(path);
    if (!file.is_absolute() || !is_one_name(file.filename().string()) ||
        !is_same_directory(file.parent_path(), directory_))
        refuse(path, "is not in the pool");
    return file.filename();
}

std::vector<Layer> VolumeFiles::chain_of(const std::string& outermost, Format format) const {
    std::vector<Layer> chain;
    for (auto name = outermost; chain.size() < longest_chain;) {
        if (const auto volume = volume_of(name); volume && volume->format != format)
            refuse(name, "is not of the format that its name says");
        chain.push_back({directory_ / name, format});
        if (format == Format::raw) return chain;
        const auto header = sound_header(*this, name);
        if (header.backing.empty()) return chain;
        const auto next = format_called(header.backing_format);
        if (!next) refuse(name, "does not say of which format the file behind it is");
        name = name_below(resolved(header.backing, directory_));
        format = *next;
    }
    refuse(outermost, "has too many files behind it");
}

void VolumeFiles::check(const std::vector<Layer>& chain) const {
    if (chain.empty() || chain.size() > longest_chain)
        throw Error(Fault::conflict, "that is no chain of files");
    for (std::size_t i = 0; i < chain.size(); ++i) {
        const auto name = name_below(chain[i].path);
        if (const auto volume = volume_of(name); volume && volume->format != chain[i].format)
            refuse(name, "is not of the format that its name says");
        if (chain[i].format == Format::raw) {
            if (i + 1 < chain.size()) refuse(name, "is raw and has nothing behind it");
            open(name, O_RDONLY);
            continue;
        }
        const auto backing = sound_header(*this, name).backing;
        const auto behind = backing.empty() ? backing : name_below(resolved(backing, directory_));
        if (behind != (i + 1 < chain.size() ? name_below(chain[i + 1].path) : std::string()))
            refuse(name, "has another file behind it than libvirt says");
    }
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
    the_one(all_named(directory, directory_, id));
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

} // namespace hv::pool
