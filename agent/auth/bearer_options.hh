#pragma once
// What the operator says about bearer tokens: who issues them, for whom they must be, and what their claims make of
// their bearer here. The configuration fills it in; nothing else has defaults for it.
//
// Threads: a value.

#include "agent/auth/principal.hh"
#include "agent/base/ip.hh"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace auth {

// What one value of the claim `roles_claim` gives.
struct BearerGrant {
    std::string value; // as it stands in the token, to the letter: "occi-admins", "urn:mace:..."
    std::optional<Role> role{};
    std::string group{};
};

struct BearerOptions {
    // `iss` of every token, to the letter. Required for JWTs.
    std::string issuer{};
    // One of these must be in `aud`. Required for JWTs; for introspection empty means that `aud` is not looked at.
    std::vector<std::string> audience{};

    // Where the keys of the issuer are: a file, which is read again when it changes; else a URL; else what discovery
    // says (OpenID Connect Discovery 1.0, 4: ISSUER/.well-known/openid-configuration).
    std::filesystem::path jwks_file{};
    std::string jwks_url{};

    // RFC 7662. Empty: tokens are not asked about. The client's secret is the first line of the file; it goes as HTTP
    // Basic (RFC 6749, 2.3.1).
    std::string introspect_url{};
    std::string client_id{};
    std::filesystem::path client_secret_file{};

    // Which claims are looked at. A name with dots that is not a claim itself leads inward: "realm_access.roles".
    std::string name_claim = "sub";
    std::string roles_claim = "roles";
    // The highest role that any value gives counts, and the first group in the order of this table.
    std::vector<BearerGrant> grants{};
    // Of who has none by the table; nullopt: he is refused.
    std::optional<Role> other_role{};

    // How the issuer may be reached: see fetch::Policy, which has https to public addresses only.
    std::vector<IpBlock> networks{};
    std::filesystem::path ca_file{};
    std::string proxy{};
    bool allows_http = false;

    // By how much the clocks of two hosts may differ.
    std::chrono::seconds leeway{60};
    // How long the issuer may take for one question.
    std::chrono::milliseconds patience{10'000};
    // For tests; empty: the system's.
    std::function<std::chrono::system_clock::time_point()> clock{};

    std::chrono::system_clock::time_point now() const {
        return clock ? clock() : std::chrono::system_clock::now();
    }
};

} // namespace auth
