#pragma once
// Where in the configuration the options of each part are: a key names a member of them, and this finds them.
//
// Threads: any; pure functions.

#include "agent/config/config.hh"

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <vector>

namespace settings {

// One line for each type that has keys. A list is of things that have a name: [instance_type small] is about the one
// that is called "small".
template <class Part> inline constexpr auto home = nullptr;
template <> inline constexpr auto home<http::Limits> = &Config::limits;
template <> inline constexpr auto home<http::SocketAccess> = &Config::sockets;
template <> inline constexpr auto home<http::Proxies> = &Config::proxies;
template <> inline constexpr auto home<http::TlsFiles> = &Config::tls;
template <> inline constexpr auto home<auth::Options> = &Config::auth;
template <> inline constexpr auto home<hv::libvirt::Options> = &Config::libvirt;
template <> inline constexpr auto home<service::Settings> = &Config::services;
template <> inline constexpr auto home<occi::Model::Template> = &Config::instance_types;

template <class Part>
inline constexpr bool is_named = std::is_same_v<decltype(home<Part>), std::vector<Part> Config::*const>;

// `name`: of one in a list; it must be there.
template <class Part, class AnyConfig> auto& part_of(AnyConfig& config, std::string_view name) {
    if constexpr (std::is_same_v<Part, Config>)
        return config;
    else if constexpr (is_named<Part>)
        return *std::ranges::find(config.*home<Part>, name, &Part::name);
    else
        return config.*home<Part>;
}

} // namespace settings
