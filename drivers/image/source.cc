#include "drivers/image/source.hh"

#include "agent/base/error.hh"
#include "agent/base/percent.hh"
#include "agent/base/reopen.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <optional>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace image {
namespace {

using Steps = std::vector<std::string>;

constexpr std::size_t longest_url = 200; // bytes of it that a message repeats
constexpr int most_attempts = 32;        // when somebody renames directories at the same moment

std::string quoted(std::string_view url) { return "image " + text::printable(url, longest_url); }

std::string decoded(std::string_view url, std::string_view path) {
    auto plain = text::percent_decoded(path);
    if (!plain) throw Error(Fault::invalid, quoted(url) + " has a % without two hexadecimal digits");
    if (plain->find('\0') != std::string::npos)
        throw Error(Fault::invalid, quoted(url) + " has a NUL in its path");
    return *std::move(plain);
}

// "/images//a/./b" as images, a, b. Steps of ".." are kept: only the kernel knows what they lead to.
Steps steps_of(const std::filesystem::path& path) {
    auto steps = text::split(path.native(), '/');
    std::erase_if(steps, [](const std::string& step) { return step.empty() || step == "."; });
    return steps;
}

struct Place {
    std::filesystem::path directory;
    std::string below; // relative to it
};

std::optional<Place> place_of(const std::filesystem::path& path,
                              const std::vector<std::filesystem::path>& allowed) {
    const auto steps = steps_of(path);
    const std::filesystem::path* longest = nullptr;
    std::size_t length = 0;
    for (const auto& directory : allowed) {
        const auto prefix = steps_of(directory);
        if (prefix.size() > steps.size() || !std::equal(prefix.begin(), prefix.end(), steps.begin()))
            continue;
        if (longest && prefix.size() <= length) continue;
        longest = &directory;
        length = prefix.size();
    }
    if (!longest) return std::nullopt;
    std::string below;
    for (auto step = steps.begin() + static_cast<std::ptrdiff_t>(length); step != steps.end(); ++step)
        below += (below.empty() ? "" : "/") + *step;
    return Place{*longest, below.empty() ? "." : below};
}

struct Outcome {
    int code;
    Fault fault;
    std::string_view predicate;
};

// Leaving the directory (EXDEV) and meeting a link of /proc (ELOOP) must look alike, whatever is behind them.
constexpr std::array outcomes{
    Outcome{EXDEV, Fault::forbidden, "is not below a directory that images may come from"},
    Outcome{ELOOP, Fault::forbidden, "is not below a directory that images may come from"},
    Outcome{ENOENT, Fault::invalid, "does not exist"},
    Outcome{ENOTDIR, Fault::invalid, "does not exist"},
    Outcome{ENAMETOOLONG, Fault::invalid, "has a path that is too long"},
    Outcome{EACCES, Fault::invalid, "may not be read by this agent"},
    Outcome{EAGAIN, Fault::busy, "is being moved about; try again"},
    Outcome{ENOSYS, Fault::unsupported, "cannot be opened: this kernel has no openat2 (Linux 5.6)"},
};

Error failed(std::string_view url, int code) {
    for (const auto& each : outcomes)
        if (each.code == code) return Error(each.fault, quoted(url) + " " + std::string(each.predicate));
    return Error(Fault::unavailable, quoted(url) + " cannot be opened: " + std::strerror(code));
}

// A descriptor that only says where the file is: nothing is opened yet, so that no device and no FIFO sees
// it.
Descriptor find_below(std::string_view url, int directory, const std::string& below) {
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    for (int attempt = 1;; ++attempt) {
        Descriptor found(
            static_cast<int>(::syscall(SYS_openat2, directory, below.c_str(), &how, sizeof how)));
        if (found) return found;
        if ((errno != EAGAIN && errno != EINTR) || attempt == most_attempts) throw failed(url, errno);
    }
}

struct FileType {
    mode_t mode;
    std::string_view name;
};

constexpr std::array other_types{
    FileType{S_IFDIR, "a directory"},    FileType{S_IFCHR, "a character device"},
    FileType{S_IFBLK, "a block device"}, FileType{S_IFIFO, "a FIFO"},
    FileType{S_IFSOCK, "a socket"},
};

void check_regular(std::string_view url, int fd) {
    struct stat seen {};
    if (::fstat(fd, &seen) != 0) throw failed(url, errno);
    const auto mode = seen.st_mode & S_IFMT;
    if (mode == S_IFREG) return;
    for (const auto& each : other_types)
        if (each.mode == mode)
            throw Error(Fault::invalid,
                        quoted(url) + " is " + std::string(each.name) + ", not a regular file");
    throw Error(Fault::invalid, quoted(url) + " is not a regular file");
}

} // namespace

std::filesystem::path path_of(std::string_view url) {
    constexpr std::string_view scheme = "file://";
    if (!text::same(url.substr(0, scheme.size()), scheme)) {
        const auto end = url.find("://");
        if (end == std::string_view::npos)
            throw Error(Fault::invalid,
                        quoted(url) + " is no file:// URL; file:///path/of/the/image is needed");
        throw Error(Fault::invalid,
                    "only file:// URLs are supported, not " + text::printable(url.substr(0, end)) + "://");
    }
    const auto rest = url.substr(scheme.size());
    if (rest.find('?') != std::string_view::npos)
        throw Error(Fault::invalid, quoted(url) + " has a query (\"?\")");
    if (rest.find('#') != std::string_view::npos)
        throw Error(Fault::invalid, quoted(url) + " has a fragment (\"#\")");
    const auto slash = std::min(rest.find('/'), rest.size());
    const auto host = rest.substr(0, slash);
    if (host.find('@') != std::string_view::npos)
        throw Error(Fault::invalid, "a file:// URL must not have a user name in it");
    if (!host.empty() && !text::same(host, "localhost"))
        throw Error(Fault::invalid,
                    quoted(url) + " names the host " + text::printable(host) +
                        "; only files of this host can be used, as in file:///path/of/the/image");
    if (slash == rest.size()) throw Error(Fault::invalid, quoted(url) + " has no path");
    return decoded(url, rest.substr(slash));
}

Descriptor open(std::string_view url, const std::vector<std::filesystem::path>& allowed) {
    const auto place = place_of(path_of(url), allowed);
    if (!place) throw failed(url, EXDEV);
    const Descriptor directory(::open(place->directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) throw failed(url, errno);
    const auto found = find_below(url, directory.get(), place->below);
    check_regular(url, found.get());
    auto opened = reopen(found, O_RDONLY);
    if (!opened) throw failed(url, errno);
    return opened;
}

} // namespace image
