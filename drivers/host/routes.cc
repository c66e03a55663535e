#include "drivers/host/routes.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/hex.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <bit>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sstream>
#include <system_error>

namespace hv::host {
namespace {

constexpr std::array everywhere{
    Ipv4Block{{0}, 0},
    Ipv4Block{{0}, 1}, // VPNs take over the default route by its two halves
    Ipv4Block{{0x80000000U}, 1},
};
constexpr Ipv4Block loopback{{127U << 24}, 8};

bool matters(const Ipv4Block& block) {
    return std::ranges::find(everywhere, block) == everywhere.end() && !loopback.overlaps(block);
}

// The kernel prints and hands out addresses in network byte order.
Ipv4Block block_of(std::uint32_t address, std::uint32_t mask) {
    Ipv4Block block{{ntohl(address)}, static_cast<unsigned>(std::popcount(mask))};
    block.address.bits &= block.mask().bits;
    return block;
}

std::optional<std::uint32_t> number_in(const std::string& column) {
    const auto number = text::from_hex(column, UINT32_MAX);
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

std::optional<Route> route_in(const std::string& line) {
    std::istringstream words(line);
    std::array<std::string, 8> column; // Iface Destination Gateway Flags RefCnt Use Metric Mask
    for (auto& each : column) words >> each;
    const auto destination = number_in(column[1]);
    const auto flags = number_in(column[3]);
    const auto mask = number_in(column[7]);
    if (!words || !destination || !flags || !mask) return std::nullopt;
    if ((*flags & RTF_UP) == 0 || (*flags & RTF_REJECT) != 0) return std::nullopt; // nobody is there
    return Route{block_of(*destination, *mask), "route by " + column[0]};
}

std::vector<Route> addresses_of_interfaces() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0)
        throw Error(Fault::unavailable,
                    "cannot ask for the addresses of the host: " + std::generic_category().message(errno));
    const Handle<ifaddrs, ::freeifaddrs> all(first);
    std::vector<Route> found;
    const auto bits = [](const sockaddr* of) {
        return reinterpret_cast<const sockaddr_in*>(of)->sin_addr.s_addr;
    };
    for (const auto* each = all.get(); each; each = each->ifa_next) {
        if (!each->ifa_addr || !each->ifa_netmask || each->ifa_addr->sa_family != AF_INET) continue;
        found.push_back({block_of(bits(each->ifa_addr), bits(each->ifa_netmask)),
                         std::string("address of ") + each->ifa_name});
    }
    return found;
}

// A name that the kernel would take for a device, so that it can be a step of a path below /sys.
bool is_device_name(const std::string& device) {
    const bool odd = std::ranges::any_of(
        device, [](unsigned char c) { return c == '/' || c == ':' || c <= ' ' || c >= 0x7f; });
    return !odd && !device.empty() && device.size() < IFNAMSIZ && device != "." && device != "..";
}

bool is_in_sysfs(const std::string& device, const std::string& below) {
    std::error_code ignored;
    return is_device_name(device) && std::filesystem::exists("/sys/class/net/" + device + below, ignored);
}

} // namespace

std::vector<Route> routes_in(std::string_view table) {
    std::vector<Route> routes;
    for (const auto& line : text::split(table, '\n')) {
        auto route = route_in(line);
        if (route && matters(route->block)) routes.push_back(std::move(*route));
    }
    return routes;
}

std::vector<Route> routes_of_host() {
    std::ifstream file("/proc/net/route");
    std::ostringstream table;
    if (!(table << file.rdbuf())) throw Error(Fault::unavailable, "cannot read /proc/net/route");
    auto routes = routes_in(table.str());
    for (auto& address : addresses_of_interfaces())
        if (matters(address.block) && std::ranges::find(routes, address.block, &Route::block) == routes.end())
            routes.push_back(std::move(address));
    return routes;
}

bool is_bridge(const std::string& device) { return is_in_sysfs(device, "/bridge"); }

bool is_device(const std::string& device) { return is_in_sysfs(device, ""); }

} // namespace hv::host
