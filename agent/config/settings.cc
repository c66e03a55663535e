#include "agent/config/settings.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"

#include <algorithm>

namespace settings {
namespace {

constexpr std::size_t descriptors_of_others = 256; // libvirt, the database, helper programs
constexpr std::size_t least_connections = 16;

// Whether one of them is for TLS.
bool find_faults_of_listen(const Config& config, std::vector<std::string>& faults) {
    bool is_secure = false;
    for (std::size_t index = 0; index < config.listen.size(); ++index) {
        const auto origin =
            index < config.listen_origin.size() ? config.listen_origin[index] : std::string("default");
        try {
            const auto endpoint = http::parse_endpoint(config.listen[index]);
            is_secure = is_secure || endpoint.secure;
            check_loopback(endpoint, origin);
        } catch (const Error& failure) {
            const std::string sentence = failure.what();
            faults.push_back(sentence.starts_with(origin) ? sentence : origin + ": " + sentence);
        }
    }
    return is_secure;
}

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
    limits.stream_workers = given.stream_workers;
    limits.queued = given.queued;
    limits.streams = given.streams;
    return limits;
}

http::SocketAccess socket_access_of(const Config& config) {
    return {config.socket_mode, config.socket_owner, config.socket_group};
}

std::shared_ptr<const http::Tls> tls_of(const Config& config, const http::Tls* before) {
    const auto& files = config.tls;
    if (files.certificate.empty()) return nullptr;
    return std::make_shared<http::Tls>(http::TlsFiles{files.certificate, files.key, files.client_ca}, before);
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
    settings.largest_bytes = config.largest_gib << 30;
    settings.default_network = config.network_default;
    settings.stop_time = config.stop_time;
    settings.press_again = std::min(settings.press_again, config.stop_time / 3);
    return settings;
}

std::vector<occi::Model::Template> templates_of(const Config& config) {
    std::vector<occi::Model::Template> templates;
    for (const auto& type : config.instance_types)
        templates.push_back({type.name, type.cpu, type.memory_mib << 20, type.disk_gib << 30});
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
    const bool is_secure = find_faults_of_listen(config, faults);
    const auto blame = [&](std::string_view key, const std::string& sentence) {
        faults.push_back(config.origin_of(key) + ": " + sentence);
    };
    if (const auto fault = http::fault_of({0, config.socket_owner, ""})) blame("[http] socket_owner", *fault);
    if (const auto fault = http::fault_of({0, "", config.socket_group})) blame("[http] socket_group", *fault);

    const auto& tls = config.tls;
    if (tls.certificate.empty() != tls.key.empty())
        blame(tls.key.empty() ? "[tls] certificate" : "[tls] key",
              "certificate and key go together, and one is missing");
    else if (tls.certificate.empty() && !tls.client_ca.empty())
        blame("[tls] client_ca", "without a certificate of the server nobody can show one of his");
    else if (tls.certificate.empty() && is_secure)
        blame("[http] listen", "https:// needs a certificate and a key in [tls]");
    try {
        if (!tls.certificate.empty() && !tls.key.empty()) tls_of(config);
    } catch (const http::TlsError& failure) {
        blame("[tls] " + std::string(failure.key), failure.what());
    }
    return faults;
}

} // namespace settings
