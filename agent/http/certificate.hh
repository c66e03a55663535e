#pragma once
// Who a peer is by its TLS certificate: one that an authority of client_ca has signed and whose key the peer has.
//
// Threads: values. Failures: Error{unavailable} without memory.

#include <string>

struct x509_st;

namespace http {

struct Certificate {
    std::string subject;     // as RFC 4514 writes it: "CN=alice,O=lab"
    std::string fingerprint; // SHA-256 of the whole certificate, in lower-case hexadecimal digits
    std::string pem;         // the certificate itself
};

// The contents of a certificate, whatever they are worth.
Certificate read_certificate(const x509_st&);
std::string subject_of(const x509_st&);

} // namespace http
