#pragma once
// The log: one line a record on stderr, with the "<N>" level prefix of sd-daemon(3) when stderr is not a terminal. When
// stderr is the journal (JOURNAL_STREAM, systemd.exec(5)) a record goes there as such, with the fields that it has.
// Text from outside must go through text::printable first. Secrets never go here.
//
// Levels: error = somebody must act; warning = something is degraded; info = a change an operator asked for or will ask
// about; debug = for developers.
//
// Threads: any; a line is written whole.

#include <fmt/core.h>
#include <span>
#include <string>
#include <string_view>

namespace logging {

enum class Level { error = 3, warning = 4, info = 6, debug = 7 };

void set_threshold(Level) noexcept; // default info
bool shows(Level) noexcept;
void write(Level, std::string_view message) noexcept;

// A part of a record that the journal can be asked for (journalctl OCCI_STATUS=503). Its name is in upper case.
struct Field {
    std::string_view name;
    std::string value;
};
bool keeps_fields() noexcept; // whether anybody will look at them

// Records that leave together, for what is written with each request: a line of its own for each would cost more than
// the request. They may be late by as much as flush() is. One owner; the destructor flushes.
class Batch {
public:
    Batch() = default;
    ~Batch() { flush(); }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    void add(Level, std::string_view message, std::span<const Field>) noexcept;
    void flush() noexcept;

private:
    std::string lines_;
    bool terminal_ = false;
};

template <class... A> void error(fmt::format_string<A...> f, A&&... a) {
    write(Level::error, fmt::format(f, std::forward<A>(a)...));
}
template <class... A> void warning(fmt::format_string<A...> f, A&&... a) {
    write(Level::warning, fmt::format(f, std::forward<A>(a)...));
}
template <class... A> void info(fmt::format_string<A...> f, A&&... a) {
    write(Level::info, fmt::format(f, std::forward<A>(a)...));
}
template <class... A> void debug(fmt::format_string<A...> f, A&&... a) {
    write(Level::debug, fmt::format(f, std::forward<A>(a)...));
}

} // namespace logging
