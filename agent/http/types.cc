#include "agent/http/types.hh"

#include "agent/base/text.hh"

#include <array>

namespace http {
namespace {

struct Name {
    Method method;
    std::string_view text;
};
constexpr std::array names{Name{Method::get, "GET"},       Name{Method::head, "HEAD"},
                           Name{Method::post, "POST"},     Name{Method::put, "PUT"},
                           Name{Method::remove, "DELETE"}, Name{Method::options, "OPTIONS"}};

} // namespace

std::string_view to_text(Method method) noexcept {
    for (const auto& name : names)
        if (name.method == method) return name.text;
    return "other";
}

Method method_of(std::string_view text) noexcept {
    for (const auto& name : names)
        if (name.text == text) return name.method;
    return Method::other;
}

std::optional<std::string_view> find(const Headers& headers, std::string_view name) noexcept {
    for (const auto& [key, value] : headers)
        if (text::same(key, name)) return value;
    return std::nullopt;
}

std::string base_of(const Head& head) {
    if (head.public_url) return *head.public_url;
    return (head.is_secure ? "https://" : "http://") + head.host;
}

} // namespace http
