#pragma once
// Who a peer is by its TLS certificate: one that an authority of client_ca has signed and whose key the peer has.
//
// Threads: values. Failures: Error{unavailable} without memory.

#include <chrono>
#include <string>
#include <vector>

struct x509_st;

namespace http {

struct Certificate {
    std::string subject;     // as RFC 4514 writes it: "CN=alice,O=lab"
    std::string fingerprint; // SHA-256 of the whole certificate, in lower-case hexadecimal digits
    std::string pem;         // the certificate itself
    // Its alternative names (RFC 5280, 4.2.1.6) of these kinds: "DNS:alice.example", "email:alice@example",
    // "URI:spiffe://example/alice". One with a character that is not visible ASCII is left out.
    std::vector<std::string> names;
    std::chrono::system_clock::time_point until{}; // its last moment
};

// The contents of a certificate, whatever they are worth.
Certificate read_certificate(const x509_st&);
std::string subject_of(const x509_st&);

// The names that a server with this certificate answers to, in lower case: of its alternative names the DNS names,
// which may begin with "*.", and the addresses, of IPv6 without brackets.
std::vector<std::string> names_of_server(const x509_st&);

} // namespace http
