#include "agent/auth/tokens.hh"

#include "agent/auth/bearer_shown.hh"
#include "agent/base/digest.hh"
#include "agent/base/error.hh"

#include <array>
#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace auth {
namespace {

constexpr std::string_view mark = "occi_"; // so that one that has leaked can be searched for
constexpr std::size_t bytes_of_token = 32, longest = 256;
constexpr auto remembered_for = std::chrono::minutes(1);

// RFC 4648, 5, without the padding.
std::string base64_url(const std::array<unsigned char, bytes_of_token>& bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    constexpr unsigned bits_of_digit = 6, bits_of_byte = 8;
    std::string text;
    unsigned held = 0, count = 0;
    for (const unsigned byte : bytes) {
        held = held << bits_of_byte | byte;
        for (count += bits_of_byte; count >= bits_of_digit; count -= bits_of_digit)
            text += digits[held >> (count - bits_of_digit) & 63U];
    }
    if (count > 0) text += digits[held << (bits_of_digit - count) & 63U];
    return text;
}

} // namespace

Secret make_token() {
    std::array<unsigned char, bytes_of_token> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw Error(Fault::internal, "OpenSSL has no random numbers");
    auto text = std::string(mark) + base64_url(bytes);
    Secret token(text);
    wipe(text);
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return token;
}

std::string hash_of_token(std::string_view token) { return sha256(token); }

Tokens::Tokens(std::filesystem::path file) : file_(std::move(file), read) {}

std::shared_ptr<const Tokens::ByHash> Tokens::read(const std::filesystem::path& file) {
    auto table = std::make_shared<ByHash>();
    for (auto& account : AccountFile(AccountKind::token, read_secret_file(file), file.string()).accounts()) {
        auto hash = account.hash;
        table->emplace(std::move(hash), std::move(account));
    }
    return table;
}

bool Tokens::is_tried(const Shown& shown) const noexcept {
    const auto token = token_in(shown);
    return token.starts_with(mark);
}

std::optional<Verdict> Tokens::judge(const Shown& shown, Told) {
    const auto token = token_in(shown);
    if (token.size() > longest) return Verdict{std::nullopt, "its token is too long"};
    // Which hashes there are is told by no time that it takes: nobody can choose one.
    const auto table = file_.now();
    const auto known = table->find(hash_of_token(token));
    if (known == table->end()) return Verdict{std::nullopt, "its token is none that is known"};
    const auto& account = known->second;
    const auto now = std::chrono::system_clock::now();
    auto holds_until = now + remembered_for;
    if (account.until) {
        const auto end = std::chrono::system_clock::time_point(*account.until + std::chrono::days(1));
        if (now >= end) return Verdict{std::nullopt, "the token \"" + account.name + "\" has expired"};
        holds_until = std::min<std::chrono::system_clock::time_point>(holds_until, end);
    }
    return Verdict{Principal{account.name, account.role, account.group, Proof::token}, "", holds_until};
}

std::string Tokens::challenge(bool was_tried) const { return bearer_challenge(was_tried); }

} // namespace auth
