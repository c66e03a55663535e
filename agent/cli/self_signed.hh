#pragma once
// A new key (ECDSA on P-256) and a certificate that it has signed itself: those who trust exactly this certificate, or
// its key, need no authority.
//
// Threads: any. Failures: Error{internal} when OpenSSL refuses.

#include "agent/base/secret.hh"

#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct SelfSigned {
    Secret key;              // PEM
    std::string certificate; // PEM
};

// Valid from a day ago (clocks differ) for `days`. `names`: of the host, and its addresses; the first is the subject.
SelfSigned make_self_signed(const std::vector<std::string>& names, unsigned days);

// Of the first certificate in a PEM text. Error{invalid}: there is none.
std::string fingerprint_of(std::string_view pem); // "AA:BB:..." of SHA-256, as openssl x509 prints it
std::string pinned_key_of(std::string_view pem);  // "sha256//BASE64", as curl --pinnedpubkey takes it

} // namespace cli
