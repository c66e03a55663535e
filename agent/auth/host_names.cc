#include "agent/auth/host_names.hh"

#include "agent/base/ipv4.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <climits>
#include <unistd.h>

namespace auth {

std::string_view without_port(std::string_view host) noexcept {
    const auto behind = host.starts_with('[') ? host.find(']') : std::size_t{0};
    if (behind == std::string_view::npos) return {};
    const auto colon = host.find(':', behind);
    if (colon == std::string_view::npos) return host;
    return text::to_number(host.substr(colon + 1), 65535) ? host.substr(0, colon) : std::string_view{};
}

bool is_local_host(std::string_view host) noexcept {
    const auto name = without_port(host);
    if (text::same(name, "localhost") || name == "[::1]") return true;
    const auto address = Ipv4::parse(name);
    return address && (address->bits >> 24) == 127;
}

bool is_address(std::string_view host) noexcept {
    const auto name = without_port(host);
    if (Ipv4::parse(name)) return true;
    std::array<char, INET6_ADDRSTRLEN> literal{};
    if (!name.starts_with('[') || !name.ends_with(']') || name.size() - 2 >= literal.size()) return false;
    std::ranges::copy(name.substr(1, name.size() - 2), literal.begin());
    in6_addr ignored{};
    return ::inet_pton(AF_INET6, literal.data(), &ignored) == 1;
}

bool is_one_of(std::string_view host, const std::vector<std::string>& names) noexcept {
    const auto name = without_port(host);
    return std::ranges::any_of(names, [&](const std::string& each) {
        if (!each.starts_with("*.")) return text::same(each, name);
        const auto dot = name.find('.');
        return dot != name.npos && dot != 0 && text::same(std::string_view(each).substr(1), name.substr(dot));
    });
}

std::vector<std::string> names_of_this_host() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return {};
    std::vector<std::string> names{name.data()};
    if (const auto dot = names[0].find('.'); dot != std::string::npos)
        names.push_back(names[0].substr(0, dot));
    return names;
}

} // namespace auth
