#pragma once
// The TLS of a server: its certificate, its key, and whose client certificates count. Made from files and never
// changed: to use other files another one is made, while connections go on with the one that they began with.
//
// TLS 1.2 with forward secrecy and authenticated encryption, and 1.3; the only application protocol is http/1.1.
// Sessions are resumed by tickets, so that they cost the server no memory. No renegotiation, no compression, no early
// data.
//
// A client may show a certificate. A bad one ends the handshake: see client_certificate.hh.
//
// Threads: any. Failures: TlsError. The process must ignore SIGPIPE.

#include "agent/base/error.hh"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace http {

struct FreeTls {
    void operator()(ssl_st*) const noexcept;
    void operator()(ssl_ctx_st*) const noexcept;
};
using TlsSession = std::unique_ptr<ssl_st, FreeTls>;

// Files in PEM form.
struct TlsFiles {
    std::filesystem::path certificate; // the server's, followed by those that lead to its authority
    std::filesystem::path key;         // not encrypted, and not for everybody to read
    std::filesystem::path client_ca; // authorities of clients; empty: clients are not asked for a certificate
    std::vector<std::filesystem::path>
        crl{}; // what those authorities have revoked; empty: it is not asked for
    bool operator==(const TlsFiles&) const = default;
};

// What is wrong with one of the files, in a sentence that names it; `key`: which of them, by its name in TlsFiles.
class TlsError : public Error {
public:
    TlsError(std::string_view which, const std::string& sentence)
        : Error(Fault::invalid, sentence), key(which) {}
    std::string_view key;
};

class Tls {
public:
    // `before`: the one that this one follows. Sessions that began with it can be resumed as long as client_ca and crl
    // have the same content.
    explicit Tls(const TlsFiles&, const Tls* before = nullptr);

    // The server's side of a new connection, whose handshake is still to come. nullptr without memory.
    TlsSession begin(int socket) const noexcept;

    // Whether both take and refuse the same certificates of clients.
    bool judges_as(const Tls& other) const noexcept { return judges_ == other.judges_; }

    // For the log: "CN=node.example, until 2027-01-31".
    const std::string& summary() const noexcept { return summary_; }
    // What the server's certificate is good for: see names_of_server().
    const std::vector<std::string>& names() const noexcept { return names_; }

private:
    std::unique_ptr<ssl_ctx_st, FreeTls> context_;
    std::string judges_; // of clients: authorities and what they have revoked, as they stood in the files
    std::string summary_;
    std::vector<std::string> names_;
};

} // namespace http
