#include "agent/auth/password_hash.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/hex.hh"

#include <algorithm>
#include <array>
#include <crypt.h>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace auth {
namespace {

constexpr std::array<std::string_view, 6> taken{"$y$", "$2b$", "$2y$", "$2a$", "$6$", "$5$"};
constexpr std::size_t longest_password = 255, longest_hash = CRYPT_OUTPUT_SIZE;

// crypt_data is 32 KiB, too much for the stack of some threads, and keeps what it has worked on.
struct Wiped {
    void operator()(crypt_data* data) const noexcept {
        OPENSSL_cleanse(data, sizeof *data);
        delete data;
    }
};

} // namespace

bool is_password_hash(std::string_view hash) noexcept {
    const auto is_plain = [](char c) { return c > ' ' && c < 0x7f && c != ':'; };
    return hash.size() < longest_hash && std::ranges::all_of(hash, is_plain) &&
           std::ranges::any_of(taken, [&](auto prefix) {
               return hash.starts_with(prefix) && hash.size() > prefix.size() + 20;
           });
}

std::string hash_password(const std::string& password) {
    if (password.empty()) throw Error(Fault::invalid, "the password is empty");
    if (password.size() > longest_password)
        throw Error(Fault::invalid, "the password is longer than 255 bytes");
    if (password.find('\0') != password.npos) throw Error(Fault::invalid, "the password has a NUL");
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> salt{};
    if (!::crypt_gensalt_rn("$y$", 0, nullptr, 0, salt.data(), salt.size()))
        throw Error(Fault::internal, "crypt(3) makes no salt for yescrypt");
    const std::unique_ptr<crypt_data, Wiped> data(new crypt_data{});
    const char* hash = ::crypt_r(password.c_str(), salt.data(), data.get());
    if (!hash || !is_password_hash(hash)) throw Error(Fault::internal, "crypt(3) makes no hash by yescrypt");
    return hash;
}

bool is_password(const std::string& password, const std::string& hash) noexcept {
    if (password.size() > longest_password || password.find('\0') != password.npos) return false;
    const std::unique_ptr<crypt_data, Wiped> data(new (std::nothrow) crypt_data{});
    if (!data) return false;
    const char* made = ::crypt_r(password.c_str(), hash.c_str(), data.get());
    const std::string_view got = made ? made : "*";
    return got.size() == hash.size() && CRYPTO_memcmp(got.data(), hash.data(), got.size()) == 0;
}

std::string sha1_of(std::string_view password) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    if (EVP_Digest(password.data(), password.size(), bytes.data(), &size, EVP_sha1(), nullptr) != 1)
        throw Error(Fault::internal, "OpenSSL makes no SHA-1");
    return text::to_hex({reinterpret_cast<const char*>(bytes.data()), size});
}

} // namespace auth
