#pragma once
// Fetches the JWK Set of an issuer, once: from its file, its URL, or where discovery says.
//
// Threads: one at a time; blocks.

#include "agent/auth/bearer_options.hh"
#include "agent/fetch/door.hh"

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace auth {

// Of whatever the issuer is asked: the same door for keys and for introspection.
fetch::Policy bearer_policy(const BearerOptions&);

class BearerSource {
public:
    explicit BearerSource(const BearerOptions&);

    bool is_file() const noexcept { return !options_.jwks_file.empty(); }

    struct Fetched {
        std::string jwks;
        std::chrono::seconds good_for;
    };
    // nullopt: the file is what it was. Error when there is no set to be had; its sentence names the file or the URL.
    std::optional<Fetched> fetch(const std::stop_token&);
    // What was fetched was no good: the file is read again though it stays as it is.
    void forget() noexcept { version_.clear(); }

private:
    std::optional<Fetched> read_file();
    std::string discovered(const std::stop_token&) const; // the URL

    const BearerOptions options_;
    const fetch::Door door_;
    std::string version_; // of the file: its inode, size and time
};

} // namespace auth
