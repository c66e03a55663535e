#pragma once
// An authority of the test's own, and certificates that it signs, as PEM files in a folder. Temp: the folder is the
// caller's.
//
// Threads: one owner.

#include "agent/base/handle.hh"

#include <filesystem>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string>
#include <vector>

namespace support {

class Authority {
public:
    // Writes NAME.pem into the folder.
    Authority(std::filesystem::path folder, const std::string& name);

    std::filesystem::path certificate() const { return file_; }

    struct Issued {
        std::filesystem::path certificate, key;
    };
    // Writes NAME.pem and NAME.key, the latter for nobody else to read. Good from a day ago until so many seconds from
    // now. `purpose` and `names` as openssl(1) writes extendedKeyUsage and subjectAltName; empty: none.
    Issued issue(const std::string& name, long seconds = 86'400, const std::string& purpose = "",
                 const std::string& names = "DNS:localhost,IP:127.0.0.1,IP:::1") const;

    // For localhost and its addresses, signed by itself and by nobody else.
    Issued issue_to_itself(const std::string& name) const;

    // Another one, which this one has signed.
    Authority subordinate(const std::string& name) const;

    // Writes NAME.crl: a list that these certificates are revoked, good from a day ago until so many seconds from now.
    std::filesystem::path revoke(const std::vector<std::filesystem::path>& certificates,
                                 long seconds = 86'400) const;

private:
    Authority(std::filesystem::path folder, const std::string& name, const Authority* over);
    Issued write(const std::string& name, EVP_PKEY*, X509*) const;

    std::filesystem::path folder_, file_;
    Handle<EVP_PKEY, EVP_PKEY_free> key_;
    Handle<X509, X509_free> self_;
};

} // namespace support
