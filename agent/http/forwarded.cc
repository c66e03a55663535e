#include "agent/http/forwarded.hh"

#include "agent/base/text.hh"
#include "agent/http/address.hh"
#include "agent/http/characters.hh"
#include "agent/http/refusal.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace http {
namespace {

constexpr std::size_t most_hops = 32;
constexpr std::size_t longest_hidden_name = 64;
constexpr std::string_view unknown = "unknown";

constexpr std::string_view standard = "Forwarded";
constexpr std::string_view x_for = "X-Forwarded-For", x_proto = "X-Forwarded-Proto",
                           x_host = "X-Forwarded-Host";

// What one proxy says of whom it speaks with.
struct Hop {
    std::string client; // "192.0.2.1:80", "[2001:db8::1]", "unknown", "_hidden"; empty: it does not say
    std::optional<Ip> ip{};
    std::string proto{}, host{}; // empty: it does not say
};

[[noreturn]] void refuse(std::string_view header, std::string_view value, std::string_view why) {
    throw Refusal(400, fmt::format("the header {} of a proxy has \"{}\", which {}", header,
                                   text::printable(value), why));
}

bool is_alphanumeric(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// RFC 7239, 6.3.
bool is_hidden_name(std::string_view name) noexcept {
    return name.size() > 1 && name.size() <= longest_hidden_name && name.front() == '_' &&
           std::ranges::all_of(name,
                               [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_port(std::string_view port) noexcept {
    return is_hidden_name(port) || (!port.empty() && port.size() <= 5 && text::to_number(port, 65'535));
}

std::string host_text(const Ip& ip) { return ip.is_v6 ? "[" + ip.text() + "]" : ip.text(); }

// RFC 7239, 6. X-Forwarded-For has IPv6 without brackets, too, and then no port.
Hop hop_of(std::string_view header, std::string_view node) {
    if (text::same(node, unknown)) return {std::string(unknown)};
    if (is_hidden_name(node)) return {std::string(node)};
    if (header == x_for)
        if (const auto ip = Ip::parse(node); ip && node.find(':') != node.npos)
            return {host_text(ip->unmapped()), ip->unmapped()};
    const bool is_v6 = node.starts_with('[');
    const auto end = is_v6 ? node.find(']') : std::min(node.find(':'), node.size());
    if (end == node.npos) refuse(header, node, "is no address");
    const auto ip = Ip::parse(is_v6 ? node.substr(1, end - 1) : node.substr(0, end));
    const auto rest = node.substr(is_v6 ? end + 1 : end);
    const bool has_port = rest.starts_with(':');
    if (!ip || (!rest.empty() && !has_port)) refuse(header, node, "is no address");
    if (has_port && !is_port(rest.substr(1))) refuse(header, node, "has no port");
    return {host_text(ip->unmapped()) + std::string(rest), ip->unmapped()};
}

std::string proto_of(std::string_view header, std::string_view value) {
    auto proto = text::lower(value);
    if (proto != "http" && proto != "https") refuse(header, value, "is neither http nor https");
    return proto;
}

std::string host_of(std::string_view header, std::string_view value) {
    if (!is_authority(value)) refuse(header, value, "is no host");
    return std::string(value);
}

void add(std::vector<Hop>& hops, Hop hop) {
    if (hops.size() == most_hops)
        throw Refusal(400, fmt::format("a request went through more than {} proxies", most_hops));
    hops.push_back(std::move(hop));
}

// Reads one header Forwarded.
class Reader {
public:
    explicit Reader(std::string_view value) : value_(value), rest_(value) {}

    void read(std::vector<Hop>& hops) {
        do add(hops, read_element());
        while (takes(','));
        if (!rest_.empty()) fail();
    }

private:
    [[noreturn]] void fail() const { refuse(standard, value_, "is not as RFC 7239 writes it"); }

    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }
    bool takes(char c) {
        skip_blanks();
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    // RFC 7239, 4: each parameter once.
    Hop read_element() {
        Hop hop;
        std::vector<std::string> seen;
        do {
            skip_blanks();
            auto name = text::lower(read_token());
            if (!rest_.starts_with('=') || std::ranges::find(seen, name) != seen.end()) fail();
            rest_.remove_prefix(1);
            const auto value = rest_.starts_with('"') ? read_quoted() : std::string(read_token());
            if (name == "for") {
                auto node = hop_of(standard, value);
                hop.client = std::move(node.client);
                hop.ip = node.ip;
            }
            if (name == "proto") hop.proto = proto_of(standard, value);
            if (name == "host") hop.host = host_of(standard, value);
            seen.push_back(std::move(name));
        } while (takes(';'));
        return hop;
    }

    std::string_view read_token() {
        std::size_t size = 0;
        while (size < rest_.size() && is_token(rest_.substr(size, 1))) ++size;
        if (size == 0) fail();
        return std::exchange(rest_, rest_.substr(size)).substr(0, size);
    }

    // RFC 9110, 5.6.4.
    std::string read_quoted() {
        std::string value;
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (rest_[at] == '"') {
                rest_.remove_prefix(at + 1);
                return value;
            }
            if (rest_[at] == '\\' && ++at == rest_.size()) break;
            value += rest_[at];
        }
        fail();
    }

    std::string_view value_, rest_;
};

// The items of all headers of that name.
std::vector<std::string_view> items_of(const Headers& headers, std::string_view name) {
    std::vector<std::string_view> items;
    for (const auto& [key, value] : headers) {
        if (!text::same(key, name)) continue;
        for (std::string_view rest = value;;) {
            const auto comma = rest.find(',');
            if (items.size() == most_hops) refuse(name, value, "is longer than any way through proxies");
            items.push_back(text::trim(rest.substr(0, comma)));
            if (comma == rest.npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return items;
}

// One for all of them, or one for each.
template <class Read>
void spread(std::vector<Hop>& hops, const Headers& headers, std::string_view name, std::string Hop::*member,
            Read read) {
    const auto items = items_of(headers, name);
    if (items.empty()) return;
    if (hops.empty()) hops.emplace_back();
    if (items.size() != 1 && items.size() != hops.size())
        refuse(name, items.back(), fmt::format("is one of {} for {} clients", items.size(), hops.size()));
    for (std::size_t index = 0; index < hops.size(); ++index)
        hops[index].*member = read(name, items[items.size() == 1 ? 0 : index]);
}

std::vector<Hop> hops_of(const Headers& headers) {
    std::vector<Hop> hops;
    for (const auto& [name, value] : headers)
        if (text::same(name, standard)) Reader(value).read(hops);
    const bool has_x = std::ranges::any_of(headers, [](const auto& header) {
        return std::ranges::any_of(std::array{x_for, x_proto, x_host},
                                   [&](auto name) { return text::same(header.first, name); });
    });
    if (!hops.empty() && has_x) throw Refusal(400, "a proxy has set both Forwarded and X-Forwarded-...");
    if (!has_x) return hops;
    for (const auto node : items_of(headers, x_for)) hops.push_back(hop_of(x_for, node));
    spread(hops, headers, x_proto, &Hop::proto, proto_of);
    spread(hops, headers, x_host, &Hop::host, host_of);
    return hops;
}

bool is_trusted(const Ip& ip, const Proxies& proxies) noexcept {
    return std::ranges::any_of(proxies.trusted, [&](const Network& network) { return network.contains(ip); });
}

std::string source_of(const Ip& ip) {
    const auto family = ip.is_v6 ? Endpoint::Family::ipv6 : Endpoint::Family::ipv4;
    const auto address = Address::of({family, ip.text()});
    return address ? address->source() : "";
}

} // namespace

bool is_trusted(std::string_view peer, const Proxies& proxies) noexcept {
    if (peer == "unix") return std::ranges::any_of(proxies.trusted, &Network::is_unix);
    auto host = peer.substr(0, peer.rfind(':'));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto ip = Ip::parse(host);
    return ip && is_trusted(*ip, proxies);
}

void settle_client(Head& head, const Proxies& proxies) {
    if (!is_trusted(head.peer, proxies)) return;
    head.certificate = nullptr;
    head.process.reset();
    const auto hops = hops_of(head.headers);
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
        if (!hop->client.empty()) head.peer = hop->client;
        if (hop->ip) head.source = source_of(*hop->ip);
        if (hop->ip && is_trusted(*hop->ip, proxies) && std::next(hop) != hops.rend()) continue;
        if (!hop->proto.empty()) head.is_secure = hop->proto == "https";
        if (!hop->host.empty()) head.host = hop->host;
        return;
    }
}

} // namespace http
