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
        const auto origin = config.origin_of("[http] listen", index);
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

std::shared_ptr<const http::Tls> tls_of(const Config& config, const http::Tls* before) {
    if (config.tls.certificate.empty()) return nullptr;
    return std::make_shared<http::Tls>(config.tls, before);
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
    auto services = config.services;
    services.press_again = std::min(services.press_again, services.stop_time / 3);
    return services;
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
    const auto& [mode, owner, group] = config.sockets;
    if (const auto fault = http::fault_of({mode, owner, ""})) blame("[http] socket_owner", *fault);
    if (const auto fault = http::fault_of({mode, "", group})) blame("[http] socket_group", *fault);

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
