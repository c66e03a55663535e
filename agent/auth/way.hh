#pragma once
// One way to prove who one is, and what a client has shown for it. A chain of them makes the Authenticator.
//
// Threads: any, several at once.

#include "agent/auth/principal.hh"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace auth {

// The TLS certificate of a client, which one of its authorities has signed.
struct ShownCertificate {
    std::string_view subject;                      // as RFC 4514 writes it
    std::string_view fingerprint;                  // SHA-256, lower-case hexadecimal digits
    std::chrono::system_clock::time_point until{}; // its end
    std::span<const std::string>
        names{}; // of its subjectAltName: "DNS:front.example", "email:...", "URI:..."
};

// The process at the other end of a unix socket (SO_PEERCRED, SO_PEERGROUPS).
struct ShownProcess {
    unsigned uid = 0, gid = 0;
    std::span<const unsigned> groups{}; // the others
};

// Refers to the head of a request and lives no longer.
struct Shown {
    std::string_view authorization; // the header as it came; empty: none
    std::string_view token;         // X-Auth-Token
    const ShownCertificate* certificate = nullptr;
    const ShownProcess* process = nullptr;
    std::string_view source; // whose failures are counted together: an address, a /64 of IPv6, "unix:UID"
    std::function<bool()> is_wanted{}; // whether somebody waits for the verdict still, for later; empty: yes
};

struct Verdict {
    std::optional<Principal> who; // nullopt: refused
    std::string why{};            // of a refusal, for the log; never a secret, never for the client
    // Until when the same credentials need no second look; in the past: never.
    std::chrono::system_clock::time_point holds_until{};
    bool is_unknown = false; // it could not be found out, such as when the issuer does not answer: 503
};

class Way {
public:
    virtual ~Way() = default;

    // Whether the client has tried this one. The first way of the chain that it has tried decides.
    virtual bool is_tried(const Shown&) const noexcept = 0;

    using Told = std::function<void(Verdict)>;
    // At once what needs no waiting, within some tens of microseconds. Otherwise nullopt, and `told` is called once,
    // later and on another thread. Never throws for what a client has sent.
    virtual std::optional<Verdict> judge(const Shown&, Told told) = 0;

    // For WWW-Authenticate (RFC 9110, 11.6.1), such as `Basic realm="occi-agent", charset="UTF-8"`; empty: this way
    // has none. `was_tried`: whether the client has been refused by it (RFC 6750, 3: error="invalid_token").
    virtual std::string challenge(bool was_tried) const = 0;

    // Another number when verdicts that were given before count no more, such as when its file has been changed.
    virtual std::uint64_t generation() { return 0; }
};

} // namespace auth
