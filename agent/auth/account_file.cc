#include "agent/auth/account_file.hh"

#include "agent/auth/password_hash.hh"
#include "agent/base/clock.hh"
#include "agent/base/digest.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/hex.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace auth {
namespace {

using std::chrono::sys_days;

constexpr std::size_t longest_name = 64, largest_file = 4 << 20;
constexpr int last_year = 2199; // the clock of the system, in nanoseconds, ends in 2262
constexpr auto allowed_in_names = "letters of ASCII, digits and . _ @ + - may stand in it";

[[noreturn]] void fail(const std::string& where, const std::string& sentence) {
    throw Error(Fault::invalid, where + ": " + sentence);
}

[[noreturn]] void fail_to(std::string_view doing, const std::filesystem::path& file, int code) {
    throw Error(Fault::unavailable,
                fmt::format("cannot {} {}: {}", doing, file.string(), std::generic_category().message(code)));
}

std::optional<sys_days> read_day(std::string_view text) {
    const auto parts = text::split(text, '-');
    if (text.size() != 10 || parts.size() != 3) return std::nullopt;
    const auto year = text::to_number(parts[0], last_year), month = text::to_number(parts[1], 12),
               day = text::to_number(parts[2], 31);
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    return date.ok() ? std::optional(sys_days(date)) : std::nullopt;
}

// What may stand behind the second colon. `put` says why not, or nothing.
struct Option {
    std::string_view name;
    std::optional<AccountKind> only; // nullopt: of both
    std::optional<std::string> (*put)(Account&, std::string_view value);
    std::optional<std::string> (*shown)(const Account&); // "role=user"; nullopt: nothing of it
};
constexpr std::array options{
    Option{"role", std::nullopt,
           [](Account& account, std::string_view value) -> std::optional<std::string> {
               const auto role = role_named(value);
               if (!role) return "there is no role \"" + text::printable(value) + "\": " + names_of_roles();
               account.role = *role;
               return std::nullopt;
           },
           [](const Account& account) -> std::optional<std::string> {
               return "role=" + std::string(to_text(account.role));
           }},
    Option{"group", std::nullopt,
           [](Account& account, std::string_view value) {
               account.group = value;
               return fault_of_account(value);
           },
           [](const Account& account) {
               return account.group.empty() ? std::nullopt : std::optional("group=" + account.group);
           }},
    Option{"sha1", AccountKind::password,
           [](Account& account, std::string_view value) {
               account.sha1 = true;
               return value.empty() ? std::nullopt : std::optional<std::string>("sha1 has no value");
           },
           [](const Account& account) {
               return account.sha1 ? std::optional<std::string>("sha1") : std::nullopt;
           }},
    Option{"until", AccountKind::token,
           [](Account& account, std::string_view value) {
               account.until = read_day(value);
               return account.until
                          ? std::nullopt
                          : std::optional("\"" + text::printable(value) + "\" is no day, such as 2027-01-31");
           },
           [](const Account& account) {
               return account.until ? std::optional("until=" + day_text(*account.until)) : std::nullopt;
           }},
};

bool is_for(const Option& option, std::optional<AccountKind> kind) {
    return !option.only || option.only == kind;
}

void put_option(Account& account, std::optional<AccountKind> kind, std::string_view text,
                const std::string& where) {
    const auto equals = std::min(text.find('='), text.size());
    const auto name = text.substr(0, equals), value = text.substr(std::min(equals + 1, text.size()));
    const auto option = std::ranges::find(options, name, &Option::name);
    if (option == options.end() || !is_for(*option, kind))
        fail(where, "\"" + text::printable(name) + "\" is nothing that an account has");
    if (const auto fault = option->put(account, value)) fail(where, *fault);
}

void check_hash(const std::string& hash, AccountKind kind, const std::string& where) {
    if (kind == AccountKind::token) {
        if (!text::has_hex_shape(hash, std::string(64, 'x')))
            fail(where, "behind the first colon must be the SHA-256 of a token in 64 digits");
    } else if (!is_password_hash(hash)) {
        fail(where, "the hash is none of yescrypt, bcrypt, SHA-512 or SHA-256 of crypt(5): occi-agent passwd "
                    "makes one");
    }
}

Account read_account(const std::string& line, AccountKind kind, const std::string& where) {
    const auto fields = text::split(line, ':');
    if (fields.size() < 2 || fields.size() > 3) fail(where, "a line is NAME:HASH or NAME:HASH:OPTIONS");
    if (const auto fault = fault_of_account(fields[0])) fail(where, *fault);
    check_hash(fields[1], kind, where);
    Account account{fields[0], fields[1]};
    if (fields.size() == 3 && !fields[2].empty())
        for (const auto& option : text::split(fields[2], ',')) put_option(account, kind, option, where);
    return account;
}

std::string line_of(const Account& account) {
    std::string all;
    for (const auto& option : options)
        if (const auto text = option.shown(account)) all += (all.empty() ? "" : ",") + *text;
    return account.name + ":" + account.hash + ":" + all;
}

std::string content_of(int file, const std::filesystem::path& path) {
    struct stat is {};
    if (::fstat(file, &is) != 0) fail_to("read", path, errno);
    if (!S_ISREG(is.st_mode)) fail(path.string(), "it is no regular file");
    if (is.st_uid != ::geteuid() && is.st_uid != 0)
        fail(path.string(),
             "it belongs to another user, who could change it: chown it to root or to the agent's");
    constexpr mode_t of_others = S_IRWXG | S_IRWXO;
    if ((is.st_mode & of_others) != 0)
        fail(path.string(), fmt::format("others may read or change it (mode {:04o}): chmod 0600 {}",
                                        is.st_mode & 07777U, path.string()));
    if (is.st_size > static_cast<off_t>(largest_file)) fail(path.string(), "it is larger than 4 MiB");
    std::string content(largest_file + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const auto got =
            ::pread(file, content.data() + size, content.size() - size, static_cast<off_t>(size));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail_to("read", path, errno);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > largest_file) fail(path.string(), "it is larger than 4 MiB");
    content.resize(size);
    content.shrink_to_fit();
    return content;
}

void write_anew(const std::filesystem::path& path, const std::string& content) {
    auto part = path;
    part += ".part";
    ::unlink(part.c_str()); // of a run that was killed
    const Descriptor file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) fail_to("write", part, errno);
    Defer remove([&] { ::unlink(part.c_str()); });
    for (std::size_t done = 0; done < content.size();) {
        const auto more = ::write(file.get(), content.data() + done, content.size() - done);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) fail_to("write", part, errno);
        done += static_cast<std::size_t>(more);
    }
    // The agent may run as another user than the one who changes the file.
    struct stat before {};
    if (::stat(path.c_str(), &before) == 0 && ::fchown(file.get(), before.st_uid, before.st_gid) != 0)
        fail_to("keep the owner of", path, errno);
    if (::fsync(file.get()) != 0) fail_to("write", part, errno);
    if (::rename(part.c_str(), path.c_str()) != 0) fail_to("put in its place", path, errno);
    remove.dismiss();
    const Descriptor folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder) ::fsync(folder.get());
}

// What a link leads to, even where nothing lies yet.
std::filesystem::path followed(std::filesystem::path path) {
    constexpr int most_links = 40; // as the kernel's own
    for (int i = 0; std::filesystem::is_symlink(path); ++i) {
        if (i == most_links) fail_to("follow", path, ELOOP);
        path = path.parent_path() / std::filesystem::read_symlink(path);
    }
    return path;
}

} // namespace

std::optional<std::string> fault_of_account(std::string_view name) {
    const auto is_good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._@+-").find(c) != std::string_view::npos;
    };
    if (name.empty()) return "a name is missing";
    if (name.size() > longest_name)
        return fmt::format("the name \"{}\" is longer than {} characters", text::printable(name),
                           longest_name);
    if (!std::ranges::all_of(name, is_good))
        return "\"" + text::printable(name) + "\" is not a good name: " + allowed_in_names;
    return std::nullopt;
}

AccountFile::AccountFile(AccountKind kind, std::string_view content, const std::string& file) {
    std::size_t number = 0;
    std::set<std::string, std::less<>> names;
    if (content.ends_with('\n')) content.remove_suffix(1);
    if (content.empty()) return;
    for (auto& line : text::split(content, '\n')) {
        const auto where = fmt::format("{}:{}", file, ++number);
        const auto what = text::trim(line);
        if (what.empty() || what.starts_with('#')) {
            lines_.push_back({std::move(line), std::nullopt});
            continue;
        }
        auto account = read_account(std::string(what), kind, where);
        if (!names.insert(account.name).second) fail(where, "\"" + account.name + "\" has a line already");
        lines_.push_back({"", std::move(account)});
    }
}

const Account* AccountFile::find(std::string_view name) const noexcept {
    for (const auto& line : lines_)
        if (line.account && line.account->name == name) return &*line.account;
    return nullptr;
}

const Account* AccountFile::any_for(const std::string& name) const {
    std::vector<const Account*> all;
    for (const auto& line : lines_)
        if (line.account) all.push_back(&*line.account);
    if (all.empty()) return nullptr;
    // Of the hashes, which nobody knows, and the name.
    const auto number = text::from_hex(sha256(this->text() + name).substr(0, 8)).value_or(0);
    return all[number % all.size()];
}

std::vector<Account> AccountFile::accounts() const {
    std::vector<Account> all;
    for (const auto& line : lines_)
        if (line.account) all.push_back(*line.account);
    return all;
}

void AccountFile::put(Account account) {
    for (auto& line : lines_)
        if (line.account && line.account->name == account.name) {
            line.account = std::move(account);
            return;
        }
    lines_.push_back({"", std::move(account)});
}

bool AccountFile::remove(std::string_view name) {
    return std::erase_if(lines_,
                         [&](const Line& line) { return line.account && line.account->name == name; }) > 0;
}

std::string AccountFile::text() const {
    std::string all;
    for (const auto& line : lines_) all += (line.account ? line_of(*line.account) : line.text) + "\n";
    return all;
}

void put_role_and_group(Account& account, std::string_view text, const std::string& where) {
    for (const auto& option : text::split(text, ',')) put_option(account, std::nullopt, option, where);
}

std::string read_secret_file(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!file && errno == ENOENT) return {};
    if (!file) fail_to("read", path, errno);
    return content_of(file.get(), path);
}

void change_account_file(const std::filesystem::path& named, AccountKind kind,
                         const std::function<void(AccountFile&)>& change) {
    const auto path = std::filesystem::absolute(followed(named)); // a link stays one
    const auto folder = path.parent_path();
    const Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock) fail_to("open", folder, errno);
    if (::flock(lock.get(), LOCK_EX) != 0) fail_to("lock", folder, errno);
    AccountFile file(kind, read_secret_file(path), path.string());
    change(file);
    write_anew(path, file.text());
}

} // namespace auth
