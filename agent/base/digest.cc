#include "agent/base/digest.hh"

#include "agent/base/error.hh"
#include "agent/base/hex.hh"

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
    std::string bytes(EVP_MAX_MD_SIZE, '\0');
    unsigned count = 0;
    check(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(bytes.data()), &count));
    return text::to_hex(std::string_view(bytes).substr(0, count));
}

std::string sha256(std::string_view bytes) {
    Sha256 digest;
    digest.add(bytes);
    return digest.finish();
}
