#include "agent/config/settings.hh"

#include "agent/auth/authenticator.hh"
#include "agent/auth/host_names.hh"
#include "agent/base/error.hh"
#include "agent/base/log.hh"

#include <algorithm>
#include <iterator>

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
            check_reach(endpoint, config, origin);
        } catch (const Error& failure) {
            const std::string sentence = failure.what();
            faults.push_back(sentence.starts_with(origin) ? sentence : origin + ": " + sentence);
        }
    }
    return is_secure;
}

// Each by itself, so that all of them are named at once.
void find_faults_of_auth(const Config& config, std::vector<std::string>& faults) {
    const auto& chosen = config.auth;
    const auto judge = [&](const std::string& origin, const auth::Options& alone) {
        try {
            const auth::Authenticator probe(alone);
        } catch (const Error& failure) {
            faults.push_back(origin + ": " + failure.what());
        }
    };
    judge(config.origin_of("[auth] passwords"), {.passwords = chosen.passwords});
    judge(config.origin_of("[auth] tokens"), {.tokens = chosen.tokens});
    if (chosen.has_jwt() || !chosen.introspect.empty()) {
        auto of_issuer = chosen;
        of_issuer.passwords = of_issuer.tokens = "";
        of_issuer.socket_map.clear();
        judge(config.origin_of(chosen.has_jwt() ? "[auth] issuer" : "[auth] introspect"), of_issuer);
    }
    judge(config.origin_of("[auth] client_map"), {.client_map = chosen.client_map, .certificates = true});
    for (std::size_t index = 0; index < chosen.socket_map.size(); ++index)
        judge(config.origin_of("[auth] socket_map", index), {.socket_map = {chosen.socket_map[index]}});
    if (!chosen.client_map.empty() && config.tls.client_ca.empty())
        faults.push_back(config.origin_of("[auth] client_map") +
                         ": without [tls] client_ca no client is asked for a certificate");
}

} // namespace

std::shared_ptr<const http::Tls> tls_of(const Config& config, const http::Tls* before) {
    if (config.tls.certificate.empty()) return nullptr;
    return std::make_shared<http::Tls>(config.tls, before);
}

std::shared_ptr<const http::Proxies> proxies_of(const Config& config) {
    if (config.proxies == http::Proxies()) return nullptr;
    return std::make_shared<const http::Proxies>(config.proxies);
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

void check_reach(const http::Endpoint& endpoint, const Config& config, const std::string& origin) {
    if (endpoint.loopback) return;
    const auto where = origin + ": listen = " + endpoint.text();
    if (!auth_of(config).is_any())
        throw Error(Fault::invalid,
                    where + ": an address that other machines can reach is refused until authentication is "
                            "configured: occi-agent setup does that");
    if (!endpoint.secure && config.proxies.trusted.empty())
        throw Error(Fault::invalid,
                    where + ": secrets could be read on their way: write https:// before the address");
}

std::vector<std::string> names_of(const Config& config, const http::Tls* tls) {
    auto names = auth::names_of_this_host();
    if (tls) std::ranges::copy(tls->names(), std::back_inserter(names));
    const std::string_view url = config.proxies.public_url;
    if (const auto scheme = url.find("://"); scheme != url.npos)
        names.emplace_back(auth::without_port(url.substr(scheme + 3)));
    return names;
}

auth::Options auth_of(const Config& config) {
    auto options = config.auth;
    options.certificates = !config.tls.client_ca.empty();
    return options;
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
    if (tls.client_ca.empty() && !tls.crl.empty())
        blame("[tls] crl", "without client_ca no certificate of a client could be revoked");
    try {
        if (!tls.certificate.empty() && !tls.key.empty()) tls_of(config);
    } catch (const http::TlsError& failure) {
        blame("[tls] " + std::string(failure.key), failure.what());
    }
    find_faults_of_auth(config, faults);
    return faults;
}

} // namespace settings
