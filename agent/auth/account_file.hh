#pragma once
// The files of passwords and of tokens: a line for each account,
//
//     NAME:HASH:role=operator,group=lab
//
// as htpasswd(1) writes them, with what the account may do behind a second colon. What may stand there: `role`,
// `group`; of a password `sha1` (see passwords.hh); of a token `until=2027-01-31`, its last day. Empty lines and
// lines that begin with # are kept as they are.
//
// Threads: values. Failures: Error{invalid} that names file, line and what is wrong, never a hash; Error{unavailable}
// when the file cannot be read or written.

#include "agent/auth/principal.hh"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

struct Account {
    std::string name;
    std::string hash; // of a password as crypt(3) has it, of a token its SHA-256
    Role role = Role::user;
    std::string group{};
    bool sha1 = false;
    std::optional<std::chrono::sys_days> until{};
};

enum class AccountKind { password, token };

// Why a name may not be one of an account or of a group; nullopt when it may: letters of ASCII, digits and ". _ @ + -",
// at most 64.
std::optional<std::string> fault_of_account(std::string_view name);

class AccountFile {
public:
    // `file`: how it is called in messages.
    AccountFile(AccountKind, std::string_view content, const std::string& file);

    const Account* find(std::string_view name) const noexcept;
    // One of them, for each name always the same; nobody knows beforehand which. nullptr: there is none.
    const Account* any_for(const std::string& name) const;
    std::vector<Account> accounts() const;

    void put(Account); // in the place of the one of that name, or behind the last
    bool remove(std::string_view name);
    std::string text() const;

private:
    struct Line {
        std::string text;
        std::optional<Account> account;
    };
    std::vector<Line> lines_;
};

// "role=user,group=lab", as a table of something else has them, at `where`. Error{invalid}.
void put_role_and_group(Account&, std::string_view text, const std::string& where);

// Its content; nothing when there is no such file. It must be a regular file that belongs to us or to root and that
// nobody else can read or change: Error{invalid} says what to do.
std::string read_secret_file(const std::filesystem::path&);

// Reads it, has it changed, and puts it in its place in one step, with mode 0600 and on the disk before it returns.
// Two at once take turns. Makes it when there is none.
void change_account_file(const std::filesystem::path&, AccountKind, const std::function<void(AccountFile&)>&);

} // namespace auth
