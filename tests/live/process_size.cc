#include "tests/live/process_size.hh"

#include "agent/base/text.hh"

#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <iterator>

namespace live {
namespace {

constexpr unsigned looks_to_warm_up = 8;
constexpr unsigned descriptors_to_spare = 24, threads_to_spare = 24, kib_to_spare = 16 << 10;

// "VmRSS:	   12345 kB"
unsigned number_after(const std::string& text, const std::string& name) {
    const auto at = text.find("\n" + name + ":");
    if (at == std::string::npos) return 0;
    const auto begin = text.find_first_of("0123456789", at);
    const auto end = text.find_first_not_of("0123456789", begin);
    return static_cast<unsigned>(text::to_number(text.substr(begin, end - begin)).value_or(0));
}

} // namespace

ProcessSize size_of(pid_t pid) {
    const auto folder = std::filesystem::path("/proc") / std::to_string(pid);
    std::ifstream file(folder / "status");
    const std::string status(std::istreambuf_iterator<char>(file), {});
    const auto descriptors = std::distance(std::filesystem::directory_iterator(folder / "fd"), {});
    return {static_cast<unsigned>(descriptors), number_after(status, "Threads"),
            number_after(status, "VmRSS"), number_after(status, "RssAnon")};
}

void Growth::look(pid_t pid) {
    now_.last = size_of(pid);
    if (++now_.looks <= looks_to_warm_up) now_.first = now_.last;
}

void Growth::begin_anew() {
    best_ = longest();
    now_ = {};
}

bool Growth::is_bounded() const {
    const auto& [looks, first, last] = longest();
    return last.descriptors <= first.descriptors + descriptors_to_spare &&
           last.threads <= first.threads + threads_to_spare &&
           last.resident_kib <= first.resident_kib + kib_to_spare;
}

std::string Growth::told() const {
    const auto& [looks, first, last] = longest();
    return fmt::format(
        "in the longest life {} looks: descriptors {} -> {}, threads {} -> {}, resident {} -> {} KiB", looks,
        first.descriptors, last.descriptors, first.threads, last.threads, first.resident_kib,
        last.resident_kib);
}

} // namespace live
