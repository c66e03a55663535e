#pragma once
// The configuration: what the operator wishes of each part of the agent, in the part's own type. A default is what
// stands here or there as initialiser, and it stands nowhere else; keys.hh says which key of a file sets which member.
//
// Threads: values.

#include "agent/auth/options.hh"
#include "agent/base/log.hh"
#include "agent/http/limits.hh"
#include "agent/http/proxies.hh"
#include "agent/http/settings.hh"
#include "agent/http/socket_access.hh"
#include "agent/http/tls.hh"
#include "agent/occi/model.hh"
#include "agent/service/settings.hh"
#include "drivers/libvirt/options.hh"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

struct Config {
    // The defaults; volumes, images and consoles are in folders of `state`.
    explicit Config(std::filesystem::path state = "/var/lib/occi-agent");

    std::filesystem::path state;
    logging::Level log_level = logging::Level::info;

    std::vector<std::string> listen{"127.0.0.1:4567"};
    http::SocketAccess sockets; // unix sockets that are listened on
    http::Limits limits;
    http::Proxies proxies;
    http::TlsFiles tls; // empty: none
    bool access_log = http::Settings().access_log;

    auth::Options auth;

    hv::libvirt::Options libvirt;
    service::Settings services;
    std::vector<occi::Model::Template> instance_types;

    // What stood in the files, by "[section] key", of each key in the last file that has it.
    struct Given {
        std::string value, origin; // "FILE:LINE"
    };
    std::map<std::string, std::vector<Given>, std::less<>> given;
    // Where the key was set, the last or one of its values; "default" when it was not.
    std::string origin_of(std::string_view key) const;
    std::string origin_of(std::string_view key, std::size_t index) const;
};
