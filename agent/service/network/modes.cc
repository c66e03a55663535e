#include "agent/service/network/modes.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"

#include <algorithm>
#include <array>

namespace service {

namespace name = occi::name;

namespace {

struct Mode {
    hv::NetworkMode mode;
    std::string_view name;
};
constexpr std::array modes{Mode{hv::NetworkMode::isolated, "isolated"}, Mode{hv::NetworkMode::nat, "nat"},
                           Mode{hv::NetworkMode::bridge, "bridge"}, Mode{hv::NetworkMode::other, "other"}};

} // namespace

std::string_view mode_name(hv::NetworkMode mode) { return std::ranges::find(modes, mode, &Mode::mode)->name; }

std::optional<hv::NetworkMode> mode_named(std::string_view name) noexcept {
    const auto found = std::ranges::find(modes, name, &Mode::name);
    return found == modes.end() ? std::nullopt : std::optional(found->mode);
}

hv::NetworkMode mode_of(const occi::Resource& wanted) {
    const auto bridge = wanted.string(name::network_bridge);
    const auto mode = wanted.string(name::network_mode).value_or(bridge ? "bridge" : "isolated");
    if (mode == "bridge" && !bridge)
        throw Error(Fault::invalid, "a network of the mode bridge needs the name of a bridge of this host");
    if (mode != "bridge" && bridge)
        throw Error(Fault::invalid, "a bridge goes with a network of the mode bridge only");
    if (mode == "isolated") return hv::NetworkMode::isolated;
    if (mode == "nat") return hv::NetworkMode::nat;
    if (mode == "bridge") return hv::NetworkMode::bridge;
    throw Error(Fault::invalid,
                "the mode \"" + text::printable(mode) + "\" of a network is not isolated, nat or bridge");
}

} // namespace service
