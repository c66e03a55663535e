#pragma once
// Text that is wiped from memory when it goes: a token, the secret of a client.
//
// Threads: a value.

#include <openssl/crypto.h>
#include <string>
#include <string_view>
#include <utility>

namespace auth {

class BearerSecret {
public:
    BearerSecret() = default;
    explicit BearerSecret(std::string_view text) : text_(text) {}
    // Takes what the caller has; a short text lies within the string itself, and is wiped there.
    explicit BearerSecret(std::string&& text) : text_(text) { wipe(text); }
    BearerSecret(BearerSecret&& other) noexcept : text_(other.text_) { wipe(other.text_); }
    BearerSecret(const BearerSecret&) = delete;
    BearerSecret& operator=(const BearerSecret&) = delete;
    BearerSecret& operator=(BearerSecret&&) = delete;
    ~BearerSecret() { wipe(text_); }

    std::string_view view() const noexcept { return text_; }

    static void wipe(std::string& text) noexcept {
        OPENSSL_cleanse(text.data(), text.size());
        text.clear();
    }

private:
    std::string text_;
};

} // namespace auth
