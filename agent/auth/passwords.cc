#include "agent/auth/passwords.hh"

#include "agent/auth/password_hash.hh"
#include "agent/auth/scheme.hh"
#include "agent/base/base64.hh"
#include "agent/base/hex.hh"
#include "agent/base/secret.hh"
#include "agent/base/text.hh"

#include <utility>

namespace auth {
namespace {

constexpr std::size_t longest = 512; // of what Basic carries
constexpr auto remembered_for = std::chrono::minutes(1);

std::shared_ptr<const AccountFile> read(const std::filesystem::path& file) {
    return std::make_shared<AccountFile>(AccountKind::password, read_secret_file(file), file.string());
}

struct Named {
    std::string user;
    Secret password;
};
std::optional<Named> credentials_in(std::string_view authorization) {
    const auto sent = behind_scheme(authorization, "Basic");
    if (!sent || sent->size() > 2 * longest) return std::nullopt;
    auto pair = text::from_base64(*sent);
    if (!pair) return std::nullopt;
    const auto colon = pair->find(':');
    std::optional<Named> named;
    if (colon != pair->npos && pair->size() <= longest && text::is_utf8(*pair))
        named.emplace(pair->substr(0, colon), Secret(std::string_view(*pair).substr(colon + 1)));
    wipe(*pair);
    return named;
}

bool is_sha1(std::string_view text) { return text::has_hex_shape(text::lower(text), std::string(40, 'x')); }

Verdict unknown(std::string why) {
    Verdict verdict{std::nullopt, std::move(why)};
    verdict.is_unknown = true;
    return verdict;
}

// Somebody who is not known costs what somebody costs who is: for one name always the same, so that which names there
// are is told neither by a time nor by times that differ. Without a name: nobody.
Account account_of(const AccountFile& file, const std::string& user) {
    if (const auto* known = file.find(user)) return *known;
    const auto* like = file.any_for(user);
    if (!like) return {};
    auto nobody = *like;
    nobody.name.clear();
    return nobody;
}

// One check takes as long for an account with `sha1` as for one without, unless what is sent looks like a SHA-1.
bool fits(const std::string& password, const Account& account) {
    if (!account.sha1) return is_password(password, account.hash);
    if (is_sha1(password) && is_password(text::lower(password), account.hash)) return true;
    return is_password(sha1_of(password), account.hash);
}

} // namespace

std::string hash_for(const std::string& password, bool sha1) {
    return hash_password(sha1 ? sha1_of(password) : password);
}

Passwords::Passwords(std::filesystem::path file, const CheckLimits& limits)
    : file_(std::move(file), read), checks_(limits) {}

bool Passwords::is_tried(const Shown& shown) const noexcept {
    return behind_scheme(shown.authorization, "Basic").has_value();
}

std::optional<Verdict> Passwords::judge(const Shown& shown, Told told) {
    auto named = credentials_in(shown.authorization);
    if (!named) return Verdict{std::nullopt, "its Basic credentials are not NAME:PASSWORD in Base64"};
    const auto account = std::make_shared<const Account>(account_of(*file_.now(), named->user));
    if (account->hash.empty()) return Verdict{std::nullopt, "there are no passwords"};
    const auto password = std::make_shared<const Secret>(std::move(named->password));
    const auto name = text::printable(named->user);
    const auto tell = [account, name, told = std::move(told)](Checks::Outcome outcome) {
        if (outcome == Checks::Outcome::dropped) return told(unknown("who asked has gone"));
        if (outcome == Checks::Outcome::bad)
            return told({std::nullopt, "the password of \"" + name + "\" is wrong, or nobody is called so"});
        told({Principal{account->name, account->role, account->group, Proof::password}, "",
              std::chrono::system_clock::now() + remembered_for});
    };
    const auto is_good = [account, password]() noexcept {
        return fits(password->reveal(), *account) && !account->name.empty();
    };
    const auto is_wanted = shown.is_wanted ? shown.is_wanted : [] { return true; };
    if (checks_.begin(std::string(shown.source), named->user.substr(0, longest), is_good, tell, is_wanted))
        return std::nullopt;
    return unknown("too many passwords from " + std::string(shown.source) + " are being checked");
}

std::string Passwords::challenge(bool) const { return R"(Basic realm="occi-agent", charset="UTF-8")"; }

} // namespace auth
