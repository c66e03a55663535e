#include "agent/render/text_occi.hh"

#include <algorithm>

namespace render {
namespace {

// Bytes. Python's http.client reads lines of 64 KiB, and no more than 100 of them.
constexpr std::size_t most = std::size_t{60} * 1024;
constexpr std::string_view between_values = ",";

} // namespace

std::optional<std::vector<std::pair<std::string, std::string>>> write_text_occi(const Fields& fields) {
    std::vector<std::pair<std::string, std::string>> headers;
    std::size_t bytes = 0;
    for (const auto& [name, value] : fields) {
        bytes += name.size() + value.size() + between_values.size();
        const auto header = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
        if (header == headers.end())
            headers.emplace_back(name, value);
        else
            header->second.append(between_values).append(value);
    }
    if (bytes > most) return std::nullopt;
    return headers;
}

} // namespace render
