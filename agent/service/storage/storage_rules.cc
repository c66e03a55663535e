#include "agent/service/storage/storage_rules.hh"

#include "agent/auth/permission.hh"
#include "agent/base/error.hh"

#include <algorithm>
#include <array>
#include <string_view>

namespace service {

std::string any_user(const Users& users) {
    if (users.empty()) return {};
    const auto& first = users.front();
    return first.machine.empty() ? "is what " + first.name + " is a clone of" : "is used by " + first.name;
}

std::string cannot_grow(const Users& users) {
    if (const auto* user = clone_among(users))
        return "cannot grow while " + user->name + (user->machine.empty() ? " is" : " has") +
               " a clone of it";
    for (const auto& user : users) {
        if (!user.ours) return "cannot grow while it is used by " + user.name;
        if (user.machine != users.front().machine)
            return "cannot grow while it is used by " + users.front().name + " and " + user.name;
        if (user.saved) return "cannot grow while " + user.name + " is saved: start it first";
    }
    return {};
}

std::string cannot_copy(const Users& users) {
    const User* writer = nullptr;
    for (const auto& user : users) {
        if (user.is_clone || !user.in_memory) continue;
        if (!user.ours || (writer && writer->machine != user.machine))
            return "cannot be copied while " + user.name + " runs on it: stop it first";
        writer = &user;
    }
    return {};
}

std::string cannot_copy_now(const Users& users) {
    for (const auto& user : users)
        if (!user.is_clone && user.in_memory)
            return "cannot be copied: " + user.name + " has begun to write to it meanwhile";
    return {};
}

void refuse(InTheWay in_the_way, const Users& users, const Uuid& id) {
    if (const auto sentence = in_the_way(users); !sentence.empty())
        throw Error(Fault::conflict, "storage " + id + " " + sentence);
}

namespace {

std::string nobody(const Users&) { return {}; }

struct Rule {
    std::string_view action;
    bool online, offline; // in which of the two it can be asked for
    InTheWay in_the_way;
    bool only_reads = false;
};
constexpr std::array rules{
    Rule{"online", false, true, nobody},           Rule{"offline", true, false, any_user},
    Rule{"backup", true, true, cannot_copy, true}, Rule{"snapshot", true, true, cannot_copy, true},
    Rule{"resize", true, true, cannot_grow},
};

} // namespace

bool may_copy_by(const occi::Action& action, const auth::Principal& who) {
    const auto rule = std::ranges::find(rules, action.id.term, &Rule::action);
    return rule != rules.end() && rule->only_reads && auth::may(who.role, auth::Permission::create);
}

std::vector<const occi::Action*> actions_on_storage(const state::Snapshot& seen,
                                                    const state::StorageRecord& record,
                                                    const occi::Model& model) {
    if (record.phase != state::Phase::ready) return {};
    auto actions = model.known().storage->actions;
    const auto users = shown_users(seen, record.id);
    std::erase_if(actions, [&](const occi::Action* action) {
        const auto rule = std::ranges::find(rules, action->id.term, &Rule::action);
        return rule == rules.end() || !(record.offline ? rule->offline : rule->online) ||
               !rule->in_the_way(users).empty();
    });
    return actions;
}

} // namespace service
