#pragma once
// The log: one line a record on stderr, with the "<N>" level prefix of sd-daemon(3) when stderr is not a terminal. Text from
// outside must go through text::printable first. Secrets never go here.
//
// Levels: error = somebody must act; warning = something is degraded; info = a change an operator asked for or will ask about;
// debug = for developers.
//
// Threads: any; a line is written whole.

#include <fmt/core.h>
#include <string_view>

namespace logging {

enum class Level { error = 3, warning = 4, info = 6, debug = 7 };

void set_threshold(Level) noexcept; // default info
void write(Level, std::string_view message) noexcept;

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
