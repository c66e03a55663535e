#include "agent/service/network/addresses.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace service {
namespace {

constexpr Ipv4Block pool_of_defaults{{(10U << 24) | (112U << 16)}, 12}; // 10.112.0.0/12

struct Forbidden {
    Ipv4Block block;
    std::string_view why;
};
constexpr std::array forbidden_blocks{
    Forbidden{{{0}, 8}, "\"this network\" (RFC 1122)"},
    Forbidden{{{127U << 24}, 8}, "loopback"},
    Forbidden{{{(169U << 24) | (254U << 16)}, 16}, "link-local"},
    Forbidden{{{224U << 24}, 3}, "multicast and reserved"},
};

struct Class {
    std::string_view letter;
    unsigned prefix;
};
constexpr std::array classes{Class{"A", 8}, Class{"B", 16}, Class{"C", 24}};

} // namespace

unsigned prefix_of(const std::string& size) {
    for (const auto& each : classes)
        if (size == each.letter) return each.prefix;
    const auto addresses = text::to_number(size, 16'777'214);
    if (!addresses || *addresses < 2)
        throw Error(Fault::invalid, "the size \"" + text::printable(size) +
                                        "\" of a network is not A, B, C or a number from 2 to 16777214");
    unsigned prefix = 30; // two addresses: the host's own and one more
    while (Ipv4Block{{}, prefix}.count() - 2 < *addresses) --prefix;
    return prefix;
}

std::string size_of(const Ipv4Block& block) {
    for (const auto& each : classes)
        if (block.prefix == each.prefix) return std::string(each.letter);
    return std::to_string(block.count() > 2 ? block.count() - 2 : block.count());
}

Ipv4Block block_of(const std::string& address, const std::string& size) {
    const auto given = Ipv4::parse(address);
    if (!given)
        throw Error(Fault::invalid, "the address \"" + text::printable(address) +
                                        "\" of a network is no IPv4 address such as 10.1.0.0");
    Ipv4Block block{*given, prefix_of(size)};
    block.address.bits &= block.mask().bits;
    if (*given != block.address && *given != block.nth(1))
        throw Error(Fault::invalid, "the address " + given->text() + " is neither the network address (" +
                                        block.address.text() + ") nor the first address (" +
                                        block.nth(1).text() + ") of a network of the size " + size);
    for (const auto& each : forbidden_blocks)
        if (each.block.overlaps(block))
            throw Error(Fault::invalid, "the network " + block.text() + " overlaps " + each.block.text() +
                                            ", which is " + std::string(each.why));
    return block;
}

std::uint64_t usable_addresses(const Ipv4Block& block, const std::string& size) {
    const auto all = block.count() - 2;
    const auto asked = text::to_number(size);
    return asked ? std::min(all, *asked) : all;
}

Ipv4Block first_free(unsigned prefix, const InTheWayOf& in_the_way) {
    constexpr std::uint64_t most_tries = 100'000;
    if (prefix < pool_of_defaults.prefix)
        throw Error(Fault::invalid, "a network of the size A needs an address: none is chosen for it");
    const auto step = Ipv4Block{{}, prefix}.count();
    const auto tries = std::min(most_tries, pool_of_defaults.count() / step);
    for (std::uint64_t index = 0; index < tries; ++index) {
        const Ipv4Block block{pool_of_defaults.nth(index * step), prefix};
        if (in_the_way(block).empty()) return block;
    }
    throw Error(Fault::conflict, "no block of " + pool_of_defaults.text() + " is free for the network");
}

void take_prefix(std::string& address, std::string& size, bool is_size_given) {
    const auto slash = address.find('/');
    if (slash == address.npos) return;
    constexpr std::uint64_t least = 8, most = 30;
    const auto prefix = text::to_number(std::string_view(address).substr(slash + 1), most);
    if (!prefix || *prefix < least)
        throw Error(Fault::invalid, "the address \"" + text::printable(address) +
                                        "\" of a network does not end in a prefix from /8 to /30");
    auto meant = size_of(Ipv4Block{{}, static_cast<unsigned>(*prefix)});
    if (is_size_given && prefix_of(size) != *prefix)
        throw Error(Fault::invalid, "the address " + text::printable(address) + " and the size " +
                                        text::printable(size) + " do not agree");
    if (!is_size_given) size = std::move(meant);
    address.resize(slash);
}

} // namespace service
