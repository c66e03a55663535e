#pragma once
// Networks in the XML of libvirt: what we write for our own, and what we understand of anybody's.
//
// Threads: pure functions.

#include "drivers/contract/network.hh"

#include <functional>
#include <string>
#include <string_view>

namespace hv::libvirt {

// `wanted.bridge` is the device: to be made (isolated, nat) or there already (bridge). It carries the mark of that
// agent.
std::string network_xml(const NetworkInfo& wanted, const Uuid& agent);

// All but `active`. It is ours when its mark names this very network and that agent; or neither, as earlier agents
// wrote it, and its bridge has the name that they gave. Throws Error{invalid} for what is no network at all.
NetworkInfo network_in(std::string_view xml, const Uuid& agent);

// One reservation, as libvirt's updates take it.
std::string host_xml(const Reservation&);

// A name for a new bridge device, "occi" and eight digits of the UUID; other eight ones when it is taken. Throws
// Error{conflict} when all are.
std::string bridge_name(const Uuid&, const std::function<bool(const std::string&)>& taken);

} // namespace hv::libvirt
