#include "agent/base/digest.hh"

#include "agent/base/error.hh"

#include <array>

namespace {

void check(int result) {
    if (result != 1) throw Error(Fault::internal, "OpenSSL makes no digest");
}

// EVP_sha256() is looked up again, behind a lock, whenever it is used; this is looked up once.
const EVP_MD* algorithm() {
    static const Handle<EVP_MD, EVP_MD_free> fetched(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    return fetched.get();
}

} // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    check(context_ ? EVP_DigestInit_ex(context_.get(), algorithm(), nullptr) : 0);
}

void Sha256::add(std::string_view bytes) {
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Sha256::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned count = 0;
    check(EVP_DigestFinal_ex(context_.get(), bytes.data(), &count));
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * count);
    for (unsigned i = 0; i < count; ++i) {
        hex += digits[bytes[i] >> 4];
        hex += digits[bytes[i] & 15];
    }
    return hex;
}

std::string sha256(std::string_view text) {
    Sha256 digest;
    digest.add(text);
    return digest.finish();
}
