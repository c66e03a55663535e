#include "agent/http/target.hh"

#include "agent/base/percent.hh"
#include "agent/base/text.hh"
#include "agent/http/characters.hh"
#include "agent/http/refusal.hh"

#include <algorithm>
#include <array>

namespace http {
namespace {

struct Scheme {
    std::string_view prefix;
    std::string_view default_port;
};
constexpr std::array schemes{Scheme{"http://", ":80"}, Scheme{"https://", ":443"}};

std::string_view without(std::string_view authority, std::string_view port) noexcept {
    if (authority.ends_with(port)) authority.remove_suffix(port.size());
    return authority;
}

// RFC 9112, 3.2.2: a server must accept the absolute form. It must not let it say something else than Host does.
void cut_to_origin_form(Head& head) {
    const std::string_view target = head.target;
    for (const auto& scheme : schemes) {
        if (!text::same(target.substr(0, scheme.prefix.size()), scheme.prefix)) continue;
        const auto rest = target.substr(scheme.prefix.size());
        const auto end = std::min(rest.find_first_of("/?"), rest.size());
        const auto authority = rest.substr(0, end);
        if (!text::same(without(authority, scheme.default_port), without(head.host, scheme.default_port)))
            throw Refusal(400, "the target and the Host header name two hosts");
        const std::string slash = rest.substr(end).starts_with('/') ? "" : "/";
        head.target = slash + std::string(rest.substr(end));
        return;
    }
}

// Decoded, with runs of slashes collapsed. A control character has no business in a path, encoded or not.
std::string path_of(std::string_view raw) {
    auto path = text::percent_decoded(raw);
    if (!path) throw Refusal(400, "the path has a percent sign without two hexadecimal digits");
    if (!is_field_text(*path) || path->find('\t') != std::string::npos)
        throw Refusal(400, "the path has an encoded control character");
    const auto of_run =
        std::ranges::unique(*path, [](char one, char next) { return one == '/' && next == '/'; });
    path->erase(of_run.begin(), of_run.end());
    return *std::move(path);
}

} // namespace

void settle_target(Head& head) {
    if (!is_target_text(head.target))
        throw Refusal(400, "the target has a character that must be percent-encoded");
    if (head.method == Method::options && head.target == "*") {
        head.path = "/";
        return;
    }
    cut_to_origin_form(head);
    const std::string_view target = head.target;
    if (!target.starts_with('/')) throw Refusal(400, "the target does not begin with a slash");
    const auto mark = std::min(target.find('?'), target.size());
    head.path = path_of(target.substr(0, mark));
    head.query = target.substr(std::min(mark + 1, target.size()));
    // A form's line breaks come as %0D%0A here and stay encoded; a zero byte has no such use.
    if (head.query.find("%00") != std::string::npos) throw Refusal(400, "the query has an encoded zero byte");
}

} // namespace http
