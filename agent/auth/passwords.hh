#pragma once
// Basic authentication (RFC 7617) against a file of passwords (account_file.hh). An account with `sha1` is also known
// by the SHA-1 of its password, which OpenNebula's clients send in the place of it (opennebula: ONE_AUTH): what is
// hashed in the file is that SHA-1 then, and whoever reads it on its way need not know the password.
//
// Threads: any.

#include "agent/auth/account_file.hh"
#include "agent/auth/checks.hh"
#include "agent/auth/watched_file.hh"
#include "agent/auth/way.hh"

namespace auth {

class Passwords : public Way {
public:
    // Throws what AccountFile and read_secret_file throw.
    explicit Passwords(std::filesystem::path file, const CheckLimits& = {});

    bool is_tried(const Shown&) const noexcept override;
    std::optional<Verdict> judge(const Shown&, Told) override;
    std::string challenge(bool was_tried) const override;
    std::uint64_t generation() override { return file_.generation(); }

private:
    WatchedFile<AccountFile> file_;
    Checks checks_; // the last: its threads may look at the rest
};

// What stands in the file for that password.
std::string hash_for(const std::string& password, bool sha1);

} // namespace auth
