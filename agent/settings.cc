#include "agent/settings.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"

#include <algorithm>

namespace settings {
namespace {

constexpr std::size_t descriptors_of_others = 256; // libvirt, the database, helper programs
constexpr std::size_t least_connections = 16;

} // namespace

http::Limits limits_of(const Config& config) {
    const auto& given = config.http;
    http::Limits limits;
    limits.connections = given.connections;
    limits.connections_per_address = given.connections_per_address;
    limits.requests_per_connection = given.requests_per_connection;
    limits.header_bytes = given.header_bytes;
    limits.header_count = given.header_count;
    limits.target_bytes = given.target_bytes;
    limits.body_bytes = given.body_bytes;
    limits.body_rate = given.body_rate;
    limits.header_time = given.header_time;
    limits.body_time = given.body_time;
    limits.idle_time = given.idle_time;
    limits.write_time = given.write_time;
    limits.workers = given.workers;
    limits.queued = given.queued;
    limits.streams = given.streams;
    return limits;
}

http::SocketAccess socket_access_of(const Config& config) {
    return {config.socket_mode, config.socket_owner, config.socket_group};
}

http::Limits fitting(http::Limits limits, std::size_t descriptors) {
    const auto room =
        std::max(descriptors, descriptors_of_others + least_connections) - descriptors_of_others;
    if (limits.connections <= room) return limits;
    logging::warning(
        "[http] connections = {} does not fit into {} file descriptors (LimitNOFILE): at most {} "
        "connections are taken",
        limits.connections, descriptors, room);
    limits.connections = room;
    return limits;
}

service::Settings services_of(const Config& config) {
    service::Settings settings;
    settings.import_from = config.import_from;
    settings.default_network = config.network_default;
    settings.stop_time = config.stop_time;
    settings.press_again = std::min(settings.press_again, config.stop_time / 3);
    return settings;
}

std::vector<occi::Model::Template> templates_of(const Config& config) {
    std::vector<occi::Model::Template> templates;
    for (const auto& type : config.instance_types)
        templates.push_back({type.name, type.cpu, type.memory_mib << 20});
    return templates;
}

void check_loopback(const http::Endpoint& endpoint, const std::string& origin) {
    if (!endpoint.loopback)
        throw Error(
            Fault::invalid,
            origin + ": listen = " + endpoint.text() +
                ": an address that other machines can reach is refused until authentication is configured");
}

std::vector<std::string> faults(const Config& config) {
    std::vector<std::string> faults;
    for (std::size_t index = 0; index < config.listen.size(); ++index) {
        const auto origin =
            index < config.listen_origin.size() ? config.listen_origin[index] : std::string("default");
        try {
            check_loopback(http::parse_endpoint(config.listen[index]), origin);
        } catch (const Error& failure) {
            const std::string sentence = failure.what();
            faults.push_back(sentence.starts_with(origin) ? sentence : origin + ": " + sentence);
        }
    }
    const auto blame = [&](std::string_view key, const http::SocketAccess& access) {
        if (const auto fault = http::fault_of(access))
            faults.push_back(config.origin_of(key) + ": " + *fault);
    };
    blame("[http] socket_owner", {0, config.socket_owner, ""});
    blame("[http] socket_group", {0, "", config.socket_group});
    return faults;
}

} // namespace settings
