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

namespace support {

class Authority {
public:
    // Writes NAME.pem into the folder.
    Authority(std::filesystem::path folder, const std::string& name);

    std::filesystem::path certificate() const { return file_; }

    struct Issued {
        std::filesystem::path certificate, key;
    };
    // Writes NAME.pem and NAME.key, the latter for nobody else to read. Good for localhost and its addresses, from a
    // day ago until so many seconds from now.
    Issued issue(const std::string& name, long seconds = 86'400) const;

private:
    std::filesystem::path folder_, file_;
    Handle<EVP_PKEY, EVP_PKEY_free> key_;
    Handle<X509, X509_free> self_;
};

} // namespace support
