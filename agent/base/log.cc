#include "agent/base/log.hh"

#include "agent/base/text.hh"

// The place in the source says nothing to an operator.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <string>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace logging {
namespace {

// A line of at most PIPE_BUF (4096) bytes goes out in one piece: write(2) to a pipe or to the journal does not tear it.
constexpr std::size_t longest_message = 4000;
constexpr std::string_view lost = "<3>a log record was lost: out of memory\n";

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

// Whether stderr leads to the journal and nowhere else.
bool find_journal() noexcept try {
    const auto* stream = std::getenv("JOURNAL_STREAM");
    struct stat found {};
    return stream && ::fstat(STDERR_FILENO, &found) == 0 &&
           fmt::format("{}:{}", found.st_dev, found.st_ino) == stream;
} catch (const std::exception&) {
    return false;
}

bool to_journal() noexcept {
    static const bool known = find_journal();
    return known;
}

// False when it does not take it.
bool send_to_journal(Level level, std::string_view message, std::span<const Field> fields) {
    std::vector<std::string> texts{fmt::format("PRIORITY={}", static_cast<int>(level)),
                                   "MESSAGE=" + text::printable(message, longest_message)};
    for (const auto& field : fields) texts.push_back(fmt::format("{}={}", field.name, field.value));
    std::vector<iovec> parts;
    for (auto& each : texts) parts.push_back({each.data(), each.size()});
    return ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

bool to_terminal() noexcept { return ::isatty(STDERR_FILENO) == 1; }

std::string line_of(Level level, std::string_view message, bool terminal) {
    const auto prefix =
        terminal ? fmt::format("{}: ", name_of(level)) : fmt::format("<{}>", static_cast<int>(level));
    // Whatever a caller forgot to clean, a record stays one line.
    return prefix + text::printable(message, longest_message) + "\n";
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

bool shows(Level level) noexcept { return level <= threshold.load(); }

bool keeps_fields() noexcept { return to_journal(); }

void write(Level level, std::string_view message) noexcept try {
    if (!shows(level) || (to_journal() && send_to_journal(level, message, {}))) return;
    write_whole(line_of(level, message, to_terminal()));
} catch (const std::exception&) {
    write_whole(lost);
}

void Batch::add(Level level, std::string_view message, std::span<const Field> fields) noexcept try {
    if (!shows(level) || (to_journal() && send_to_journal(level, message, fields))) return;
    if (lines_.empty()) terminal_ = to_terminal();
    const auto line = line_of(level, message, terminal_);
    if (lines_.size() + line.size() > longest_message) flush();
    lines_ += line;
} catch (const std::exception&) {
    write_whole(lost);
}

void Batch::flush() noexcept {
    if (lines_.empty()) return;
    write_whole(lines_);
    lines_.clear();
}

} // namespace logging
