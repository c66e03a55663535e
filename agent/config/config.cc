#include "agent/config/config.hh"

#include <utility>

namespace {

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

} // namespace

// GFD.222: small, medium and large are the templates of the standard.
Config::Config(std::filesystem::path folder)
    : state(std::move(folder)), instance_types{{"small", 1, gibibyte, 10 * gibibyte},
                                               {"medium", 2, 2 * gibibyte, 20 * gibibyte},
                                               {"large", 4, 4 * gibibyte, 40 * gibibyte},
                                               {.name = "custom"}} {
    libvirt.pool_path = state / "volumes";
    libvirt.console_path = state / "console";
    services.import_from = {state / "images"};
}

std::string Config::origin_of(std::string_view key) const {
    const auto found = given.find(key);
    return found == given.end() || found->second.empty() ? "default" : found->second.back().origin;
}

std::string Config::origin_of(std::string_view key, std::size_t index) const {
    const auto found = given.find(key);
    return found == given.end() || index >= found->second.size() ? "default" : found->second[index].origin;
}
