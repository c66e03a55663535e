#include "agent/auth/sockets.hh"

#include "agent/auth/account_file.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <utility>

namespace auth {
namespace {

constexpr auto remembered_for = std::chrono::minutes(1);
constexpr std::size_t room = 16 << 10; // for an entry of those databases

std::optional<unsigned> id_of(bool is_group, const std::string& name) {
    if (const auto number = text::to_number(name, UINT32_MAX - 1)) return static_cast<unsigned>(*number);
    std::vector<char> buffer(room);
    if (is_group) {
        group entry{};
        group* found = nullptr;
        ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
        return found ? std::optional(found->gr_gid) : std::nullopt;
    }
    passwd entry{};
    passwd* found = nullptr;
    ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    return found ? std::optional(found->pw_uid) : std::nullopt;
}

// Its number, when it has no name that can be that of an account.
std::string name_of(unsigned uid) {
    std::vector<char> buffer(room);
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    return found && !fault_of_account(found->pw_name) ? found->pw_name : fmt::format("uid-{}", uid);
}

bool fits(const SocketRule& rule, const ShownProcess& process) {
    if (!rule.is_group) return rule.id == process.uid;
    return rule.id == process.gid || std::ranges::find(process.groups, rule.id) != process.groups.end();
}

} // namespace

SocketRule read_socket_rule(const std::string& text) {
    const auto fail = [&](const std::string& why) {
        throw Error(Fault::invalid, "\"" + text::printable(text) + "\": " + why);
    };
    auto words = text::split(text, ' ');
    std::erase(words, "");
    if (words.size() < 2 || words.size() > 3)
        fail("it is user:NAME or group:NAME, a role, and a group if need be");
    const auto colon = words[0].find(':');
    const auto kind = words[0].substr(0, colon),
               name = colon == words[0].npos ? "" : words[0].substr(colon + 1);
    if ((kind != "user" && kind != "group") || name.empty()) fail("it begins with user:NAME or group:NAME");
    SocketRule rule;
    rule.is_group = kind == "group";
    const auto id = id_of(rule.is_group, name);
    if (!id) fail("this host has no " + kind + " " + name);
    rule.id = *id;
    const auto role = role_named(words[1]);
    if (!role) fail("there is no role \"" + words[1] + "\": " + names_of_roles());
    rule.role = *role;
    if (words.size() == 3) {
        if (const auto fault = fault_of_account(words[2])) fail(*fault);
        rule.group = words[2];
    }
    return rule;
}

Sockets::Sockets(const std::vector<std::string>& rules) : crew_("accounts", std::chrono::seconds(5)) {
    for (const auto& each : rules) rules_.push_back(read_socket_rule(each));
}

std::optional<Verdict> Sockets::judge(const Shown& shown, Told told) {
    const auto& process = *shown.process;
    if (rules_.empty()) return Verdict{Principal{"local", Role::administrator, "", Proof::socket}};
    const auto rule =
        std::ranges::find_if(rules_, [&](const SocketRule& each) { return fits(each, process); });
    if (rule == rules_.end())
        return Verdict{std::nullopt, fmt::format("nothing in socket_map is about user {}", process.uid)};
    try {
        crew_.run([uid = process.uid, rule = *rule, told = std::move(told)] {
            told({Principal{name_of(uid), rule.role, rule.group, Proof::socket}, "",
                  std::chrono::system_clock::now() + remembered_for});
        });
        return std::nullopt;
    } catch (const Error& failure) {
        Verdict unknown{std::nullopt, failure.what()};
        unknown.is_unknown = true;
        return unknown;
    }
}

} // namespace auth
