#include "agent/base/log.hh"

#include "agent/base/text.hh"

#include <atomic>
#include <cerrno>
#include <exception>
#include <string>
#include <unistd.h>

namespace logging {
namespace {

// A line of at most PIPE_BUF (4096) bytes goes out in one piece: write(2) to a pipe or to the journal does not tear it.
constexpr std::size_t longest_message = 4000;

std::atomic<Level> threshold{Level::info};

constexpr std::string_view name_of(Level level) noexcept {
    switch (level) {
    case Level::error: return "error";
    case Level::warning: return "warning";
    case Level::info: return "info";
    case Level::debug: return "debug";
    }
    return "unknown";
}

void write_whole(std::string_view line) noexcept {
    while (!line.empty()) {
        const auto written = ::write(STDERR_FILENO, line.data(), line.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return; // there is nobody left to tell
        line.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace

void set_threshold(Level level) noexcept { threshold = level; }

void write(Level level, std::string_view message) noexcept try {
    if (level > threshold.load()) return;
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    const auto prefix =
        terminal ? fmt::format("{}: ", name_of(level)) : fmt::format("<{}>", static_cast<int>(level));
    // Whatever a caller forgot to clean, a record stays one line.
    write_whole(prefix + text::printable(message, longest_message) + "\n");
} catch (const std::exception&) {
    write_whole("<3>a log record was lost: out of memory\n");
}

} // namespace logging
