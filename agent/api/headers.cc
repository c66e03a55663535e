#include "agent/api/headers.hh"

#include "agent/base/error.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"

#include <algorithm>

namespace api {

std::optional<std::string> list_header(const http::Head& head, std::string_view name) {
    std::optional<std::string> all;
    for (const auto& [each, value] : head.headers)
        if (text::same(each, name)) {
            if (all)
                all->append(", ").append(value);
            else
                all = value;
        }
    return all;
}

std::optional<std::string_view> sole_header(const http::Head& head, std::string_view name) {
    const auto is_it = [&](const auto& header) { return text::same(header.first, name); };
    if (std::ranges::count_if(head.headers, is_it) > 1)
        throw Error(Fault::invalid, std::string(name) + " is given twice");
    return head.header(name);
}

// RFC 7240, 2: preferences are a list, each may have parameters; what is not understood is ignored.
bool prefers_async(const http::Head& head) {
    const auto preferences = list_header(head, "Prefer").value_or("");
    return std::ranges::any_of(text::pieces(preferences, ','), [](std::string_view each) {
        return text::same(text::trim(each.substr(0, each.find(';'))), "respond-async");
    });
}

} // namespace api
