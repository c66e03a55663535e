#include "drivers/libvirt/xml_network.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"

#include <algorithm>
#include <bit>
#include <iterator>

namespace hv::libvirt {
namespace {

// In <metadata>, which libvirt keeps and does not look at: the network is ours.
constexpr std::string_view our_namespace = "urn:occi-agent:network:1";
constexpr std::string_view dnsmasq_namespace = "http://libvirt.org/schemas/network/dnsmasq/1.0";

// A network of some thousand reservations.
constexpr xml::Limits limits{.bytes = 32U << 20, .elements = 500'000};

constexpr std::string_view bridge_prefix = "occi";
constexpr std::size_t device_digits = 8; // with "occi" 12 characters; the kernel takes 15

void write_host(xml::Writer& out, const Reservation& reservation) {
    out.open("host").attribute("mac", reservation.mac).attribute("ip", reservation.address.text()).close();
}

void write_addresses(xml::Writer& out, const Ipv4Block& block, const NetworkInfo& wanted) {
    // A resolver that forwards is a way out of a network that is to have none, and it would tell the host's own
    // /etc/hosts. Without it, libvirt starts dnsmasq with the first reservation and stops it with the last.
    out.open("dns").attribute("enable", wanted.mode == NetworkMode::nat ? "yes" : "no").close();
    out.open("ip").attribute("address", block.nth(1).text()).attribute("netmask", block.mask().text());
    out.open("dhcp"); // no range: addresses go to reservations only
    for (const auto& reservation : wanted.reservations) write_host(out, reservation);
    out.close().close();
    // dnsmasq would ping an address for three seconds before it offers it. Nobody else has these.
    out.open("dnsmasq:options").open("dnsmasq:option").attribute("value", "no-ping").close().close();
}

std::string mode_word(const xml::Element& network) {
    const auto* forward = network.child("forward");
    if (!forward) return "";
    const auto* mode = forward->attribute("mode");
    return mode ? *mode : "nat"; // libvirt's default
}

NetworkMode mode_of(const xml::Element& network) {
    const auto word = mode_word(network);
    if (word.empty()) return NetworkMode::isolated;
    if (word == "nat") return NetworkMode::nat;
    // The same word stands for macvtap on an interface, which is no bridge.
    if (word == "bridge" && network.child("bridge")) return NetworkMode::bridge;
    return NetworkMode::other;
}

const xml::Element* mark_of(const xml::Element& network) {
    const auto* metadata = network.child("metadata");
    if (!metadata) return nullptr;
    const auto declares = [](const std::pair<std::string, std::string>& attribute) {
        return attribute.first.starts_with("xmlns") && attribute.second == our_namespace;
    };
    const auto mark = std::ranges::find_if(metadata->children, [&](const auto& child) {
        return std::ranges::any_of(child.attributes, declares);
    });
    return mark == metadata->children.end() ? nullptr : &*mark;
}

std::string digits_of(const Uuid& id) {
    std::string digits;
    std::ranges::copy_if(id, std::back_inserter(digits), [](char c) { return c != '-'; });
    return digits;
}

// Two networks cannot have one bridge of their own, so a copy has another name for it than we would have chosen.
bool is_named_by_us(const NetworkInfo& info) {
    if (info.mode == NetworkMode::bridge) return true;
    return info.bridge.starts_with(bridge_prefix) &&
           digits_of(info.id).find(info.bridge.substr(bridge_prefix.size())) != std::string::npos;
}

bool is_ours(const xml::Element& network, const NetworkInfo& info, const Uuid& agent) {
    const auto* mark = mark_of(network);
    if (!mark) return false;
    const auto *id = mark->attribute("id"), *maker = mark->attribute("agent");
    if (!id && !maker) return is_named_by_us(info);
    return id && maker && *id == info.id && *maker == agent && !agent.empty();
}

std::optional<unsigned> prefix_of(const xml::Element& ip) {
    if (const auto* prefix = ip.attribute("prefix")) {
        const auto number = text::to_number(*prefix, 32);
        return number ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
    }
    const auto* netmask = ip.attribute("netmask");
    const auto mask = netmask ? Ipv4::parse(*netmask) : std::nullopt;
    return mask ? std::optional(static_cast<unsigned>(std::popcount(mask->bits))) : std::nullopt;
}

std::optional<Ipv4Block> block_of(const xml::Element& ip) {
    const auto* address = ip.attribute("address");
    const auto first = address ? Ipv4::parse(*address) : std::nullopt;
    const auto prefix = prefix_of(ip);
    if (!first || !prefix) return std::nullopt;
    Ipv4Block block{*first, *prefix};
    block.address.bits &= block.mask().bits;
    return block;
}

bool is_ipv4(const xml::Element& ip) {
    const auto* family = ip.attribute("family");
    return !family || *family == "ipv4";
}

std::vector<Reservation> reservations_of(const xml::Element& ip) {
    std::vector<Reservation> found;
    const auto* dhcp = ip.child("dhcp");
    if (!dhcp) return found;
    for (const auto* host : dhcp->all("host")) {
        const auto* mac = host->attribute("mac");
        const auto* address = host->attribute("ip");
        const auto parsed = address ? Ipv4::parse(*address) : std::nullopt;
        if (mac && parsed) found.push_back({text::lower(*mac), *parsed});
    }
    return found;
}

} // namespace

std::string network_xml(const NetworkInfo& wanted, const Uuid& agent) {
    xml::Writer out;
    out.open("network").attribute("xmlns:dnsmasq", dnsmasq_namespace);
    out.leaf("name", wanted.name).leaf("uuid", wanted.id);
    out.open("metadata").open("agent:network").attribute("xmlns:agent", our_namespace);
    out.attribute("id", wanted.id).attribute("agent", agent).close().close();
    if (wanted.mode == NetworkMode::nat) out.open("forward").attribute("mode", "nat").close();
    if (wanted.mode == NetworkMode::bridge) out.open("forward").attribute("mode", "bridge").close();
    out.open("bridge").attribute("name", wanted.bridge);
    // With it, the kernel keeps each new guest silent for four seconds and listens to the guests' own BPDUs.
    if (wanted.mode != NetworkMode::bridge) out.attribute("stp", "off");
    out.close();
    if (wanted.block) write_addresses(out, *wanted.block, wanted);
    out.close();
    return out.take();
}

NetworkInfo network_in(std::string_view document, const Uuid& agent) {
    const auto network = xml::parse(document, limits);
    if (network.name != "network")
        throw Error(Fault::invalid, "\"" + text::printable(network.name) + "\" is no network");
    NetworkInfo info;
    info.id = network.child_text("uuid");
    info.name = network.child_text("name");
    info.mode = mode_of(network);
    const auto* bridge = network.child("bridge");
    if (const auto* device = bridge ? bridge->attribute("name") : nullptr) info.bridge = *device;
    info.ours = is_ours(network, info, agent);
    for (const auto* ip : network.all("ip")) {
        if (!is_ipv4(*ip)) continue;
        if (!info.block) info.block = block_of(*ip);
        std::ranges::move(reservations_of(*ip), std::back_inserter(info.reservations));
    }
    return info;
}

std::string host_xml(const Reservation& reservation) {
    xml::Writer out;
    write_host(out, reservation);
    return out.take();
}

std::string bridge_name(const Uuid& id, const std::function<bool(const std::string&)>& taken) {
    const auto digits = digits_of(id);
    for (std::size_t first = 0; first + device_digits <= digits.size(); ++first)
        if (auto name = std::string(bridge_prefix) + digits.substr(first, device_digits); !taken(name))
            return name;
    throw Error(Fault::conflict, "network " + id + ": every name for its bridge is taken");
}

} // namespace hv::libvirt
