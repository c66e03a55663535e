#include "agent/fetch/policy.hh"

#include "agent/base/text.hh"
#include "agent/fetch/public_address.hh"

#include <algorithm>

namespace fetch {
namespace {

bool fits(std::string_view pattern, std::string_view host) noexcept {
    if (!pattern.starts_with('.')) return text::same(pattern, host);
    return host.size() > pattern.size() && text::same(pattern, host.substr(host.size() - pattern.size()));
}

} // namespace

bool Policy::admits_scheme(std::string_view scheme) const noexcept {
    return scheme == "https" || (allows_http && scheme == "http");
}

bool Policy::admits_host(std::string_view host) const noexcept {
    return hosts.empty() ||
           std::ranges::any_of(hosts, [&](const auto& pattern) { return fits(pattern, host); });
}

bool Policy::admits(const Ip& address) const noexcept {
    return is_public(address) ||
           std::ranges::any_of(networks, [&](const auto& network) { return network.contains(address); });
}

} // namespace fetch
