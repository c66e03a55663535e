#include "drivers/host/dhcp_release.hh"

#include "agent/base/big_endian.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/hex.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <random>
#include <sys/socket.h>
#include <system_error>

namespace hv::host {
namespace {

// RFC 2131, figure 1: op, htype, hlen, hops; xid; secs, flags; ciaddr; yiaddr; siaddr; giaddr; chaddr; sname; file.
constexpr std::size_t fixed_part = 236;
constexpr std::size_t at_xid = 4;
constexpr std::size_t at_ciaddr = 12;
constexpr std::size_t at_chaddr = 28;
constexpr std::size_t smallest = 300; // BOOTP's, which some insist on
constexpr std::uint16_t server_port = 67;

enum Option : std::uint8_t { message_type = 53, server_identifier = 54, end = 255 };
constexpr std::uint8_t boot_request = 1;
constexpr std::uint8_t ethernet = 1;
constexpr std::uint8_t dhcp_release = 7;
constexpr std::array<std::uint8_t, 4> magic_cookie{99, 130, 83, 99};

[[noreturn]] void fail(const std::string& bridge) {
    throw Error(Fault::unavailable,
                "cannot send a DHCPRELEASE by " + bridge + ": " + std::generic_category().message(errno));
}

} // namespace

std::optional<Mac> parse_mac(std::string_view written) {
    const auto groups = text::split(written, ':');
    Mac mac{};
    if (groups.size() != mac.size()) return std::nullopt;
    for (std::size_t i = 0; i < mac.size(); ++i) {
        const auto byte = text::from_hex(groups[i]);
        if (groups[i].size() != 2 || !byte) return std::nullopt;
        mac[i] = static_cast<std::uint8_t>(*byte);
    }
    return mac;
}

std::vector<std::uint8_t> release_message(const Mac& mac, Ipv4 address, Ipv4 server) {
    std::vector<std::uint8_t> message(fixed_part);
    const auto put = [&](std::size_t at, const auto& bytes) {
        std::ranges::copy(bytes, message.begin() + static_cast<std::ptrdiff_t>(at));
    };
    const auto append = [&](const auto& bytes) { message.insert(message.end(), bytes.begin(), bytes.end()); };
    put(0, std::array<std::uint8_t, 3>{boot_request, ethernet, static_cast<std::uint8_t>(mac.size())});
    put(at_xid, to_big_endian(std::random_device{}(), 4));
    put(at_ciaddr, to_big_endian(address.bits, 4));
    put(at_chaddr, mac);
    append(magic_cookie);
    append(std::array<std::uint8_t, 3>{message_type, 1, dhcp_release});
    append(std::array<std::uint8_t, 2>{server_identifier, 4});
    append(to_big_endian(server.bits, 4));
    append(std::array<std::uint8_t, 1>{end});
    message.resize(std::max(message.size(), smallest));
    return message;
}

void send_release(const std::string& bridge, const Mac& mac, Ipv4 address, Ipv4 server) {
    const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    // dnsmasq listens to what comes by its bridge only. A packet to an address of this host travels by the loopback,
    // but one from a socket that is bound to the bridge counts as having come from there.
    if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, bridge.c_str(),
                                static_cast<socklen_t>(bridge.size())) != 0)
        fail(bridge);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server_port);
    to.sin_addr.s_addr = htonl(server.bits);
    const auto message = release_message(mac, address, server);
    if (::sendto(socket.get(), message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                 sizeof to) < 0)
        fail(bridge);
}

} // namespace hv::host
