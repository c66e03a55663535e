#pragma once
// Static tokens: 256 random bits that a program shows as `Authorization: Bearer` (RFC 6750) or in X-Auth-Token. The
// file (account_file.hh) has their SHA-256, which is enough for what nobody can guess.
//
// Threads: any.

#include "agent/auth/account_file.hh"
#include "agent/auth/watched_file.hh"
#include "agent/auth/way.hh"
#include "agent/base/secret.hh"

#include <map>

namespace auth {

class Tokens : public Way {
public:
    // Throws what AccountFile and read_secret_file throw.
    explicit Tokens(std::filesystem::path file);

    bool is_tried(const Shown&) const noexcept override;
    std::optional<Verdict> judge(const Shown&, Told) override;
    std::string challenge(bool was_tried) const override;
    std::uint64_t generation() override { return file_.generation(); }

private:
    using ByHash = std::map<std::string, Account, std::less<>>;
    static std::shared_ptr<const ByHash> read(const std::filesystem::path&);

    WatchedFile<ByHash> file_;
};

// A new one: "occi_" and 43 letters. Error{internal} without random numbers.
Secret make_token();
std::string hash_of_token(std::string_view token);

} // namespace auth
