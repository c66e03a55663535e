#include "agent/auth/authenticator.hh"

#include "agent/base/error.hh"
#include "agent/base/ipv4.hh"
#include "agent/base/text.hh"

namespace auth {
namespace {

// The name in front of ":PORT"; an IPv6 literal keeps its brackets. Empty when the port is no number.
std::string_view without_port(std::string_view host) noexcept {
    const auto behind = host.starts_with('[') ? host.find(']') : std::size_t{0};
    if (behind == std::string_view::npos) return {};
    const auto colon = host.find(':', behind);
    if (colon == std::string_view::npos) return host;
    return text::to_number(host.substr(colon + 1), 65535) ? host.substr(0, colon) : std::string_view{};
}

} // namespace

bool is_local_host(std::string_view host) noexcept {
    const auto name = without_port(host);
    if (text::same(name, "localhost") || name == "[::1]") return true;
    const auto address = Ipv4::parse(name);
    return address && (address->bits >> 24) == 127;
}

Principal identify(std::string_view host) {
    if (!is_local_host(host))
        throw Error(Fault::forbidden, "the Host \"" + text::printable(host) +
                                          "\" is not this machine's loopback: without authentication only "
                                          "127.0.0.0/8, [::1] and localhost are served");
    return {"local", Role::administrator};
}

} // namespace auth
