#include "agent/render/text_occi.hh"

#include <algorithm>

namespace render {
namespace {

// Bytes. cpp-httplib reads lines of 8 KiB, Python's http.client headers of 64 KiB and no more than 100 of them.
constexpr std::size_t long_enough = 4096, most = std::size_t{60} * 1024;

} // namespace

std::optional<std::vector<std::pair<std::string, std::string>>> write_text_occi(const Fields& fields) {
    std::vector<std::pair<std::string, std::string>> headers;
    std::size_t bytes = 0;
    for (const auto& [name, value] : fields) {
        bytes += name.size() + value.size();
        const auto last = std::ranges::find(headers.rbegin(), headers.rend(), name,
                                            &std::pair<std::string, std::string>::first);
        const bool fits = last != headers.rend() && last->second.size() + value.size() < long_enough;
        if (fits)
            last->second.append(", ").append(value);
        else
            headers.emplace_back(name, value);
    }
    if (bytes > most) return std::nullopt;
    return headers;
}

} // namespace render
