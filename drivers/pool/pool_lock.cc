#include "drivers/pool/pool_lock.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "drivers/pool/volume_files.hh"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace hv::pool {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path) {
    throw Error(Fault::unavailable,
                "cannot use " + path.string() + ": " + std::generic_category().message(errno));
}

Descriptor open_file(const fs::path& path) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) fail(path);
    return file;
}

// "" when there is none, or none that is whole.
Uuid read_id(const fs::path& path) {
    const auto file = open_file(path);
    std::array<char, 64> bytes{};
    const auto length = ::pread(file.get(), bytes.data(), bytes.size(), 0);
    if (length < 0) fail(path);
    const auto id = std::string(text::trim({bytes.data(), static_cast<std::size_t>(length)}));
    return is_uuid(id) ? id : Uuid();
}

// Whole or not at all, whatever happens meanwhile.
void write_id(const fs::path& path, const Uuid& id) {
    const auto fresh = path.string() + ".new";
    {
        const auto file = open_file(fresh);
        const auto line = id + "\n";
        if (::ftruncate(file.get(), 0) != 0 ||
            ::pwrite(file.get(), line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()) ||
            ::fsync(file.get()) != 0)
            fail(fresh);
    }
    if (::rename(fresh.c_str(), path.c_str()) != 0) fail(path);
}

Descriptor try_to_lock(const fs::path& path) {
    auto lock = open_file(path);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) fail(path);
    return Descriptor();
}

} // namespace

Storage::Standing PoolLock::settle(const Uuid& known) {
    auto standing = settled(known);
    why_not_.with([&](std::string& why_not) { why_not = standing.why_not; });
    return standing;
}

Storage::Standing PoolLock::settled(const Uuid& known) {
    const auto pool = folder_.parent_path().string();
    pool::VolumeFiles(folder_.parent_path()).make_directory();
    if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) fail(folder_);
    if (!lock_) lock_ = try_to_lock(folder_ / "lock");
    const auto owner = read_id(folder_ / "id");
    const auto shown_only = [](const std::string& other) {
        return " (" + other + "): what that one has made is only shown here, and nothing is changed; ";
    };
    if (!lock_)
        return {known.empty() ? new_uuid() : known,
                "the storage pool " + pool + " is in use by another agent" + shown_only(owner) +
                    "stop that one, or set another [storage] path for this one"};
    if (!owner.empty() && !known.empty() && owner != known) {
        lock_.reset();
        return {known,
                "the storage pool " + pool + " belongs to another agent" + shown_only(owner) +
                    "set another [storage] path for this one, or give it the state folder of the other"};
    }
    const auto agent = !owner.empty() ? owner : known.empty() ? new_uuid() : known;
    if (owner.empty()) write_id(folder_ / "id", agent);
    return {agent, ""};
}

void PoolLock::check() const {
    const auto why_not = why_not_.with([](const std::string& sentence) { return sentence; });
    if (!why_not.empty()) throw Error(Fault::unavailable, why_not);
}

} // namespace hv::pool
