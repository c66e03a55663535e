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
    bool operator==(const Options&) const = default;

    // Whether anybody but who sits at this machine can prove who he is.
    bool is_any() const noexcept { return !passwords.empty() || !tokens.empty() || certificates; }
};

} // namespace auth
