#pragma once
// SHA-256 as lower-case hexadecimal digits.
//
// Throws Error{internal} when OpenSSL refuses.

#include "agent/base/handle.hh"

#include <openssl/evp.h>
#include <string>
#include <string_view>

std::string sha256(std::string_view); // any thread

// Of what comes piece by piece. One thread at a time.
class Sha256 {
public:
    Sha256();
    void add(std::string_view);
    std::string finish(); // once

private:
    Handle<EVP_MD_CTX, EVP_MD_CTX_free> context_;
};
