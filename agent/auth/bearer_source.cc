#include "agent/auth/bearer_source.hh"

#include "agent/auth/bearer_json.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/pieces.hh"
#include "agent/base/reopen.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace auth {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_bytes = 256 * 1024;
constexpr std::chrono::seconds least_age = 5min, most_age = 24h, age_of_file = 1s;

// RFC 9111, 5.2.2: max-age=600. Without one, and when it may not be stored at all, the least.
std::chrono::seconds good_for(std::string_view cache_control) noexcept {
    constexpr std::string_view name = "max-age=";
    for (const auto piece : text::pieces(cache_control, ',')) {
        const auto directive = text::trim(piece);
        if (text::same(directive, "no-store") || text::same(directive, "no-cache")) return least_age;
        if (!text::same(directive.substr(0, name.size()), name)) continue;
        const auto seconds = text::to_number(directive.substr(name.size()), 1'000'000'000).value_or(0);
        return std::clamp(std::chrono::seconds(static_cast<long>(seconds)), least_age, most_age);
    }
    return least_age;
}

fetch::Answer get(const fetch::Door& door, const std::string& url, const std::stop_token& stop) {
    auto answer = door.ask({url, {{"Accept", "application/json, application/jwk-set+json"}}}, stop);
    if (answer.head.status != 200)
        throw Error(Fault::unavailable,
                    answer.head.url + ": it answers " + std::to_string(answer.head.status));
    return answer;
}

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& why) {
    throw Error(Fault::unavailable, file.string() + ": " + why);
}

} // namespace

fetch::Policy bearer_policy(const BearerOptions& options) {
    fetch::Policy policy;
    policy.allows_http = options.allows_http;
    policy.networks = options.networks;
    policy.ca_file = options.ca_file;
    policy.proxy = options.proxy;
    policy.bounds.body_bytes = most_bytes;
    policy.times = {options.patience, options.patience, options.patience, options.patience};
    return policy;
}

BearerSource::BearerSource(const BearerOptions& options) : options_(options), door_(bearer_policy(options)) {}

std::optional<BearerSource::Fetched> BearerSource::fetch(const std::stop_token& stop) {
    if (is_file()) return read_file();
    const auto url = options_.jwks_url.empty() ? discovered(stop) : options_.jwks_url;
    auto answer = get(door_, url, stop);
    return Fetched{std::move(answer.body), good_for(answer.head.header("Cache-Control"))};
}

std::optional<BearerSource::Fetched> BearerSource::read_file() {
    const auto& path = options_.jwks_file;
    const Descriptor there(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat what {};
    if (!there || ::fstat(there.get(), &what) != 0) fail(path, ::strerrordesc_np(errno));
    if (!S_ISREG(what.st_mode)) fail(path, "it is no file");
    auto version = std::to_string(what.st_ino) + " " + std::to_string(what.st_size) + " " +
                   std::to_string(what.st_mtim.tv_sec) + "." + std::to_string(what.st_mtim.tv_nsec);
    if (version == version_) return std::nullopt;
    const auto file = reopen(there, O_RDONLY);
    if (!file) fail(path, ::strerrordesc_np(errno));
    Fetched fetched{{}, age_of_file};
    std::array<char, 16 * 1024> bytes{};
    for (ssize_t got = 0; (got = ::read(file.get(), bytes.data(), bytes.size())) != 0;) {
        if (got < 0) fail(path, ::strerrordesc_np(errno));
        fetched.jwks.append(bytes.data(), static_cast<std::size_t>(got));
        if (fetched.jwks.size() > most_bytes) fail(path, "it is too large for a set of keys");
    }
    version_ = std::move(version);
    return fetched;
}

// OpenID Connect Discovery 1.0, 4.1: a slash at the end of the issuer goes; 4.3: the issuer that is named must be the
// very one that was asked.
std::string BearerSource::discovered(const std::stop_token& stop) const {
    std::string_view base = options_.issuer;
    while (base.ends_with('/')) base.remove_suffix(1);
    const auto answer = get(door_, std::string(base) + "/.well-known/openid-configuration", stop);
    try {
        const auto said = bearer_object(answer.body);
        if (bearer_text(said, "issuer") != options_.issuer)
            throw Error(Fault::invalid, "it is of another issuer");
        const auto url = bearer_text(said, "jwks_uri");
        if (!url) throw Error(Fault::invalid, "it names no jwks_uri");
        return *url;
    } catch (const Error& failure) {
        throw Error(Fault::unavailable, answer.head.url + ": " + failure.what());
    }
}

} // namespace auth
