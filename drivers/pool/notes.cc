#include "drivers/pool/notes.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"

#include <cerrno>
#include <chrono>
#include <dirent.h>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace hv::pool {
namespace {

constexpr std::string_view suffix = ".note", part_suffix = ".note.part";
constexpr auto longest_wait = std::chrono::seconds(10);
constexpr std::size_t uuid_length = 36, longest = 64 << 10, most = 100'000;

[[noreturn]] void fail(const std::string& doing, int code) {
    throw Error(Fault::unavailable, doing + ": " + std::generic_category().message(code));
}

Descriptor open_folder(const std::filesystem::path& folder) {
    Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) fail("cannot open the pool directory " + folder.string(), errno);
    return opened;
}

std::string name_of(const Uuid& id) {
    if (!is_uuid(id)) throw Error(Fault::invalid, "a note of what is no UUID");
    return id + std::string(suffix);
}

std::optional<std::string> read_note(int folder, const std::string& name) {
    const Descriptor file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat is {};
    if (!file || ::fstat(file.get(), &is) != 0 || !S_ISREG(is.st_mode)) return std::nullopt;
    constexpr mode_t of_others = S_IWGRP | S_IWOTH;
    if (is.st_uid != ::geteuid() || (is.st_mode & of_others) != 0) return std::nullopt;
    std::string text(longest + 1, '\0');
    const auto got = ::pread(file.get(), text.data(), text.size(), 0);
    if (got <= 0 || static_cast<std::size_t>(got) > longest) return std::nullopt;
    text.resize(static_cast<std::size_t>(got));
    return text;
}

void write_all(int file, const std::string& text, const std::string& doing) {
    for (std::size_t done = 0; done < text.size();) {
        const auto more = ::write(file, text.data() + done, text.size() - done);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) fail(doing, errno);
        done += static_cast<std::size_t>(more);
    }
}

} // namespace

bool is_note(std::string_view name) noexcept {
    if (name.starts_with('.') && name.ends_with(part_suffix))
        return is_uuid(name.substr(1, name.size() - 1 - part_suffix.size()));
    return name.size() == uuid_length + suffix.size() && name.ends_with(suffix) &&
           is_uuid(name.substr(0, uuid_length));
}

namespace {

std::map<Uuid, std::string> list_notes(const std::filesystem::path& path) {
    const auto folder = open_folder(path);
    Descriptor again(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    Handle<DIR, ::closedir> stream(again ? ::fdopendir(again.get()) : nullptr);
    if (!stream) fail("cannot read the pool directory " + path.string(), errno);
    again.release();
    std::map<Uuid, std::string> notes;
    for (const dirent* entry = nullptr;
         notes.size() < most && (entry = ::readdir(stream.get())) != nullptr;) {
        const std::string name = entry->d_name;
        if (!is_note(name)) continue;
        if (name.starts_with('.')) {
            ::unlinkat(folder.get(), name.c_str(), 0); // of a run that was killed
            continue;
        }
        if (auto text = read_note(folder.get(), name))
            notes.emplace(name.substr(0, uuid_length), std::move(*text));
        else
            logging::warning("{} in the pool is no note of this agent's and is not read",
                             text::printable(name));
    }
    return notes;
}

void keep_note(const std::filesystem::path& path, const Uuid& id, const std::string& text, bool durable) {
    const auto name = name_of(id), part = "." + id + std::string(part_suffix);
    const auto doing = "cannot write " + (path / name).string();
    if (text.size() > longest) throw Error(Fault::invalid, doing + ": it is too long");
    const auto folder = open_folder(path);
    ::unlinkat(folder.get(), part.c_str(), 0); // of a run that was killed
    constexpr mode_t mode = 0600;
    const Descriptor file(
        ::openat(folder.get(), part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file) fail(doing, errno);
    Defer remove([&] { ::unlinkat(folder.get(), part.c_str(), 0); });
    if (::fchmod(file.get(), mode) != 0) fail(doing, errno); // the umask may have taken something off
    write_all(file.get(), text, doing);
    if (durable && ::fsync(file.get()) != 0) fail(doing, errno);
    if (::renameat(folder.get(), part.c_str(), folder.get(), name.c_str()) != 0) fail(doing, errno);
    remove.dismiss();
    if (durable && ::fsync(folder.get()) != 0) fail(doing, errno);
}

void drop_note(const std::filesystem::path& path, const Uuid& id) {
    const auto name = name_of(id);
    if (::unlinkat(open_folder(path).get(), name.c_str(), 0) != 0 && errno != ENOENT)
        fail("cannot remove " + (path / name).string(), errno);
}

} // namespace

std::map<Uuid, std::string> Notes::list() {
    return patient_.call("read the notes in the pool", longest_wait,
                         [path = folder_] { return list_notes(path); });
}

void Notes::keep(const Uuid& id, const std::string& text, Durable durable) {
    patient_.call("write a note into the pool", longest_wait,
                  [=, path = folder_] { keep_note(path, id, text, durable == Durable::yes); });
}

void Notes::drop(const Uuid& id) {
    patient_.call("remove a note from the pool", longest_wait, [=, path = folder_] { drop_note(path, id); });
}

} // namespace hv::pool
