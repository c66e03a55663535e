#include "drivers/host/facts.hh"

#include "drivers/host/routes.hh"

#include <fmt/core.h>
#include <random>

namespace hv::host {

// 52:54:00 is the prefix that QEMU and libvirt use for their guests.
std::string Facts::propose_mac() {
    std::random_device random;
    const auto tail = random();
    return fmt::format("52:54:00:{:02x}:{:02x}:{:02x}", tail & 0xff, tail >> 8 & 0xff, tail >> 16 & 0xff);
}

std::vector<Route> Facts::routes() { return routes_of_host(); }

bool Facts::has_bridge(const std::string& device) { return is_bridge(device); }

} // namespace hv::host
