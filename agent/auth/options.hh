#pragma once
// What the operator has chosen of the ways to prove who one is ([auth] in the configuration).
//
// Threads: values.

#include <filesystem>
#include <string>
#include <vector>

namespace auth {

struct Options {
    std::filesystem::path passwords{}, tokens{}; // empty: none
    std::filesystem::path client_map{};          // whose certificates are whose; empty: the CN is the name
    std::vector<std::string> socket_map{};       // sockets.hh
    bool certificates = false;                   // whether clients are asked for one ([tls] client_ca)

    // Tokens that somebody else issues: see BearerOptions, which bearer_choice.hh makes of these.
    std::string issuer{};
    std::vector<std::string> audience{};
    std::string jwks{}; // a file or a URL; empty: what the issuer says where it is
    std::string introspect{}, client_id{};
    std::filesystem::path client_secret{};
    std::string name_claim = "sub", roles_claim = "roles";
    std::vector<std::string> grants{}; // "VALUE ROLE [GROUP]"
    std::string other_role{};
    std::vector<std::string> issuer_networks{};
    std::filesystem::path issuer_ca{};
    std::string issuer_proxy{};

    bool operator==(const Options&) const = default;

    // Whether anybody but who sits at this machine can prove who he is.
    bool is_any() const noexcept {
        return !passwords.empty() || !tokens.empty() || certificates || has_jwt() || !introspect.empty();
    }
    bool has_jwt() const noexcept { return !jwks.empty() || (!issuer.empty() && introspect.empty()); }
};

} // namespace auth
