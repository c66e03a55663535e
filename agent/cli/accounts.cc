#include "agent/cli/accounts.hh"

#include "agent/auth/account_file.hh"
#include "agent/auth/passwords.hh"
#include "agent/auth/tokens.hh"
#include "agent/base/clock.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/cli/prompt.hh"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <initializer_list>

namespace cli {
namespace {

using auth::Account;
using auth::AccountFile;
using auth::AccountKind;

// Which file it is: --file, what is configured, or `usual` beside the configuration.
std::filesystem::path file_of(const Arguments& given, const std::filesystem::path& configured,
                              const std::filesystem::path& config, const char* usual) {
    if (const auto named = given.value("file")) return std::filesystem::absolute(*named);
    return configured.empty() ? config.parent_path() / usual : configured;
}

void say_when_it_is_not_read(const std::filesystem::path& file, const std::filesystem::path& configured,
                             const char* key) {
    if (configured.empty())
        std::printf("the agent does not read it yet: put \"%s = %s\" below [auth] in its configuration\n",
                    key, file.c_str());
}

void put_rights(Account& account, const Arguments& given) {
    if (const auto name = given.value("role")) {
        const auto role = auth::role_named(*name);
        if (!role)
            throw UsageError("there is no role \"" + text::printable(*name) +
                             "\": " + auth::names_of_roles());
        account.role = *role;
    }
    if (const auto group = given.value("group")) {
        if (const auto fault = auth::fault_of_account(*group)) throw UsageError(*fault);
        account.group = *group;
    }
}

std::string checked_name(const std::string& name) {
    if (const auto fault = auth::fault_of_account(name)) throw UsageError(*fault);
    return name;
}

struct OfTokens {
    const Arguments& given;
    std::filesystem::path file, configured;

    std::string name() const {
        if (given.words().size() != 2) throw UsageError("the name of the token is missing");
        return checked_name(given.words()[1]);
    }
};

void add_token(const OfTokens& of) {
    Account account{of.name(), ""};
    put_rights(account, of.given);
    constexpr unsigned most_days = 36500;
    const auto days = of.given.number("days", most_days);
    if (days)
        account.until = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()) +
                        std::chrono::days(*days);
    const auto secret = auth::make_token();
    account.hash = auth::hash_of_token(secret.reveal());
    auth::change_account_file(of.file, AccountKind::token, [&](AccountFile& all) {
        if (all.find(account.name))
            throw Error(Fault::conflict, "there is a token \"" + account.name +
                                             "\" already: remove it first, or choose another name");
        all.put(account);
    });
    // On stderr what is for people, so that the secret alone can be piped on.
    std::fprintf(stderr, "token \"%s\", %s%s: it is shown this once\n", account.name.c_str(),
                 std::string(to_text(account.role)).c_str(),
                 account.until ? (", until " + day_text(*account.until)).c_str() : "");
    if (std::printf("%s\n", secret.reveal().c_str()) < 0 || std::fflush(stdout) != 0) {
        auth::change_account_file(of.file, AccountKind::token,
                                  [&](AccountFile& all) { all.remove(account.name); });
        throw Error(Fault::unavailable,
                    "the secret cannot be written to standard output: nothing is changed");
    }
    if (of.configured.empty())
        std::fprintf(
            stderr, "the agent does not read it yet: put \"tokens = %s\" below [auth] in its configuration\n",
            of.file.c_str());
}

// A wish that would be dropped is none that is granted.
void refuse_options(const Arguments& given, std::initializer_list<std::string_view> these,
                    const std::string& to) {
    for (const auto option : these)
        if (given.has(option)) throw UsageError("--" + std::string(option) + " means nothing to " + to);
}

void list_tokens(const OfTokens& of) {
    refuse_options(of.given, {"role", "group", "days"}, "token list");
    if (of.given.words().size() > 1) throw UsageError("token list takes no name");
    const AccountFile all(AccountKind::token, auth::read_secret_file(of.file), of.file.string());
    std::printf("%-24s %-14s %-16s %s\n", "NAME", "ROLE", "GROUP", "UNTIL");
    for (const auto& each : all.accounts()) {
        const auto until = each.until ? day_text(*each.until) : "-";
        std::printf("%-24s %-14s %-16s %s\n", each.name.c_str(), std::string(to_text(each.role)).c_str(),
                    each.group.empty() ? "-" : each.group.c_str(), until.c_str());
    }
}

void remove_token(const OfTokens& of) {
    refuse_options(of.given, {"role", "group", "days"}, "token remove");
    const auto name = of.name();
    auth::change_account_file(of.file, AccountKind::token, [&](AccountFile& all) {
        if (!all.remove(name)) throw Error(Fault::not_found, "there is no token \"" + name + "\"");
    });
    std::printf("token \"%s\" is removed: within a second nobody gets in by it\n", name.c_str());
}

struct TokenVerb {
    std::string_view name;
    void (*run)(const OfTokens&);
};
constexpr std::array token_verbs{TokenVerb{"add", add_token}, TokenVerb{"list", list_tokens},
                                 TokenVerb{"remove", remove_token}};

} // namespace

void passwd(const Arguments& given, const Config& config, const std::filesystem::path& config_file) {
    const auto file = file_of(given, config.auth.passwords, config_file, "passwords");
    const auto name = checked_name(given.words().front());
    if (given.has("remove")) {
        refuse_options(given, {"role", "group", "sha1"}, "--remove");
        auth::change_account_file(file, AccountKind::password, [&](AccountFile& all) {
            if (!all.remove(name)) throw Error(Fault::not_found, "there is nobody called \"" + name + "\"");
        });
        std::printf("\"%s\" is removed\n", name.c_str());
        return;
    }
    Account probe{name, ""};
    put_rights(probe, given); // before anybody types
    const auto hash = auth::hash_for(ask_for_password(name).reveal(), given.has("sha1"));
    bool took_sha1 = false;
    auth::change_account_file(file, AccountKind::password, [&](AccountFile& all) {
        const auto* before = all.find(name);
        took_sha1 = before && before->sha1;
        Account account = before ? *before : Account{name, ""};
        put_rights(account, given);
        account.hash = hash;
        account.sha1 = given.has("sha1");
        all.put(std::move(account));
    });
    std::printf("the password of \"%s\" is in %s\n", name.c_str(), file.c_str());
    if (took_sha1 && !given.has("sha1"))
        std::printf("it does not take the SHA-1 any more: --sha1 would have it so\n");
    if (!given.has("file")) say_when_it_is_not_read(file, config.auth.passwords, "passwords");
}

void token(const Arguments& given, const Config& config, const std::filesystem::path& config_file) {
    const auto& verb = given.words().front();
    const auto found = std::ranges::find(token_verbs, verb, &TokenVerb::name);
    if (found == token_verbs.end())
        throw UsageError("\"" + text::printable(verb) + "\" is none of add, list, remove");
    const bool is_elsewhere = given.has("file");
    found->run({given, file_of(given, config.auth.tokens, config_file, "tokens"),
                is_elsewhere ? std::filesystem::path("given") : config.auth.tokens});
}

} // namespace cli
