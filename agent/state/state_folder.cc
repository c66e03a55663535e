#include "agent/state/state_folder.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace state {
namespace {

namespace fs = std::filesystem;

constexpr mode_t mode_of_directory = 0711, mode_of_files = 0600;
constexpr auto lock_name = "lock";
constexpr std::string_view mark = ".damaged-";
constexpr std::array followers{"-wal", "-shm"}; // of a database
constexpr int most_of_a_second = 1000;

[[noreturn]] void fail(const std::string& doing, int code) {
    throw Error(Fault::unavailable, doing + ": " + std::strerror(code));
}

bool is_regular(const fs::path& path) {
    struct stat is {};
    return ::lstat(path.c_str(), &is) == 0 && S_ISREG(is.st_mode);
}

// For its owner alone, also when somebody else has made it.
void close_to_others(int file) {
    struct stat is {};
    if (::fstat(file, &is) == 0 && (is.st_mode & 07777U) != mode_of_files) ::fchmod(file, mode_of_files);
}

void close_to_others(const fs::path& path) {
    if (const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        file && is_regular(path))
        close_to_others(file.get());
}

std::string date() {
    const auto now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

std::string kind_of(const struct stat& is) {
    if (S_ISDIR(is.st_mode)) return "a directory";
    if (S_ISLNK(is.st_mode)) return "a symbolic link";
    return "no regular file";
}

} // namespace

StateFolder::StateFolder(fs::path path) : path_(std::move(path)) {
    try {
        lock();
    } catch (const Error& failure) {
        if (failure.fault() == Fault::busy) throw Error(Fault::unavailable, failure.what());
        why_unwritable_ = failure.what();
    }
    std::error_code ignored;
    for (fs::directory_iterator entry(path_, ignored), end; !ignored && entry != end;
         entry.increment(ignored)) {
        const auto name = entry->path().filename().string();
        const bool follows =
            std::ranges::any_of(followers, [&](std::string_view with) { return name.ends_with(with); });
        if (name.find(mark) != name.npos &&
            !(follows && is_regular(entry->path().string().substr(0, entry->path().string().size() - 4))))
            aside_.push_back({entry->path(), ""});
    }
}

// Throws Error{busy} when another agent has it.
void StateFolder::lock() {
    std::error_code failure;
    fs::create_directories(path_, failure);
    if (failure)
        throw Error(Fault::unavailable,
                    "cannot make the state directory " + path_.string() + ": " + failure.message());
    ::chmod(path_.c_str(), mode_of_directory);
    const auto hold = [this](Descriptor file) {
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
            throw Error(Fault::busy, "another agent uses the state directory " + path_.string());
        lock_ = std::move(file);
    };
    try {
        hold(open(lock_name));
    } catch (const Error& refused) {
        if (refused.fault() == Fault::busy) throw;
        // What cannot be written can be locked all the same.
        if (auto file = open_to_read(lock_name)) hold(std::move(file));
        throw;
    }
}

Descriptor StateFolder::open(const std::string& name, Missing missing) {
    const auto path = path_ / name;
    const auto doing = "cannot write " + path.string();
    struct stat is {};
    if (::lstat(path.c_str(), &is) == 0 && !S_ISREG(is.st_mode)) set_aside(name, "it is " + kind_of(is));
    const int make = missing == Missing::make ? O_CREAT : 0;
    Descriptor file(::open(path.c_str(), O_RDWR | make | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode_of_files));
    if (!file && errno == ENOENT && missing == Missing::leave) return file;
    if (!file) fail(doing, errno);
    close_to_others(file.get());
    return file;
}

Descriptor StateFolder::open_to_read(const std::string& name) const {
    const auto path = path_ / name;
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    return file && is_regular(path) ? std::move(file) : Descriptor();
}

// ---- set aside -----------------------------------------------------------------------------------------------------

fs::path StateFolder::set_aside(const std::string& name, const std::string& why) {
    const auto from = path_ / name;
    const auto begin = from.string() + std::string(mark) + date();
    for (int attempt = 1; attempt <= most_of_a_second; ++attempt) {
        const auto to = attempt == 1 ? begin : begin + "-" + std::to_string(attempt);
        if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
            if (errno == EEXIST) continue;
            fail("cannot set " + from.string() + " aside", errno);
        }
        close_to_others(fs::path(to));
        for (const auto* follower : followers) {
            if (::renameat2(AT_FDCWD, (from.string() + follower).c_str(), AT_FDCWD, (to + follower).c_str(),
                            RENAME_NOREPLACE) != 0 &&
                errno != ENOENT)
                fail("cannot set " + from.string() + follower + " aside", errno);
            close_to_others(fs::path(to + follower));
        }
        logging::error("{} cannot be used: {}; it is kept as {}", from.string(), why, to);
        aside_.push_back({to, why});
        return to;
    }
    throw Error(Fault::unavailable, "cannot set " + from.string() + " aside: all names are taken");
}

fs::path StateFolder::copy_aside(const std::string& name, const std::string& why) {
    const auto from = path_ / name;
    const auto begin = from.string() + std::string(mark) + date();
    for (int attempt = 1; attempt <= most_of_a_second; ++attempt) {
        const auto to = attempt == 1 ? begin : begin + "-" + std::to_string(attempt);
        const Descriptor copy(
            ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_of_files));
        if (!copy && errno == EEXIST) continue;
        if (!copy) fail("cannot keep a copy of " + from.string(), errno);
        close_to_others(copy.get());
        const auto file = open_to_read(name);
        std::array<char, 1 << 16> piece{};
        for (ssize_t got = 0; file && (got = ::read(file.get(), piece.data(), piece.size())) > 0;)
            if (::write(copy.get(), piece.data(), static_cast<std::size_t>(got)) != got)
                fail("cannot keep a copy of " + from.string(), errno);
        logging::error("{} is damaged: {}; a copy of it is kept as {}", from.string(), why, to);
        aside_.push_back({to, why});
        return to;
    }
    throw Error(Fault::unavailable, "cannot keep a copy of " + from.string() + ": all names are taken");
}

std::vector<StateFolder::SetAside> StateFolder::set_aside_so_far() {
    struct stat is {};
    std::erase_if(aside_, [&](const SetAside& each) {
        return ::lstat(each.path.c_str(), &is) != 0 && errno == ENOENT;
    });
    return aside_;
}

// ---- in place ------------------------------------------------------------------------------------------------------

bool StateFolder::is_in_place() const {
    struct stat held {
    }, there{};
    return lock_ && ::fstat(lock_.get(), &held) == 0 && ::lstat((path_ / lock_name).c_str(), &there) == 0 &&
           held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

void StateFolder::renew() {
    if (!is_in_place()) lock();
}

} // namespace state
