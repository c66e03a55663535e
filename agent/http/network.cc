#include "agent/http/network.hh"

namespace http {
namespace {

constexpr std::string_view unix_word = "unix";

} // namespace

std::optional<Network> Network::parse(std::string_view text) noexcept {
    if (text == unix_word) return Network(std::nullopt);
    const auto ip = Ip::parse(text);
    const auto block = ip ? IpBlock::of(*ip) : IpBlock::parse(text);
    return block ? std::optional(Network(block->unmapped())) : std::nullopt;
}

std::string Network::text() const {
    if (!block_) return std::string(unix_word);
    return *block_ == IpBlock::of(block_->first) ? block_->first.text() : block_->text();
}

bool Network::contains(const Ip& ip) const noexcept { return block_ && block_->contains(ip.unmapped()); }

} // namespace http
