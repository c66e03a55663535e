#include "agent/service/network/modes.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"

#include <map>

namespace service {
namespace name = occi::name;

std::string_view mode_name(hv::NetworkMode mode) {
    static const std::map<hv::NetworkMode, std::string_view> names{{hv::NetworkMode::isolated, "isolated"},
                                                                   {hv::NetworkMode::nat, "nat"},
                                                                   {hv::NetworkMode::bridge, "bridge"},
                                                                   {hv::NetworkMode::other, "other"}};
    return names.at(mode);
}

hv::NetworkMode mode_of(const occi::Resource& wanted) {
    const auto bridge = wanted.string(name::network_bridge);
    const auto mode = wanted.string(name::network_mode).value_or(bridge ? "bridge" : "isolated");
    if (mode == "bridge" && !bridge)
        throw Error(Fault::invalid, "MODE bridge needs BRIDGE, the name of a bridge of this host");
    if (mode != "bridge" && bridge) throw Error(Fault::invalid, "BRIDGE goes with MODE bridge only");
    if (mode == "isolated") return hv::NetworkMode::isolated;
    if (mode == "nat") return hv::NetworkMode::nat;
    if (mode == "bridge") return hv::NetworkMode::bridge;
    throw Error(Fault::invalid, "MODE \"" + text::printable(mode) + "\" is not isolated, nat or bridge");
}

} // namespace service
