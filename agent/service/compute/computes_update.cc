#include "agent/service/compute/computes.hh"

#include "agent/base/error.hh"
#include "agent/service/compute/core_limit.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/submit.hh"

#include <tuple>
#include <utility>

namespace service {
namespace {

// User data are what a guest is told when it begins (GFD.224, 3.6): later nobody would hear them.
void settle_user_data(Secrets& wanted, const Secrets& had, const Uuid& id) {
    const auto data = wanted.find(note::user_data);
    if (data == wanted.end()) return;
    const auto before = had.find(note::user_data);
    if (before == had.end() || !is_same_context(before->second, data->second))
        throw Error(Fault::forbidden,
                    "the user data of compute " + id + " are given when it is made, and do not change");
    wanted.erase(data);
}

// The names of what it is given are in its description; what they stand for is not.
void name_secrets(Wish& wish, const Secrets& secrets, const hv::MachineSpec& spec) {
    if (secrets.empty()) return;
    auto named = spec;
    note_secrets(named, secrets);
    if (named != spec) wish.notes[note::secrets] = named.notes[note::secrets];
}

// What the hypervisor would refuse when its turn has come.
void refuse_impossible(const hv::Machine& machine, const hv::MachineSpec& after, bool grows) {
    using enum hv::MachineState;
    const auto& before = machine.spec;
    const auto refuse = [&](const std::string& why) {
        throw Error(Fault::conflict, "compute " + machine.id + " " + why);
    };
    const bool resizes = std::tie(before.cores, before.memory, before.shares) !=
                         std::tie(after.cores, after.memory, after.shares);
    const bool changes_arch = before.arch != after.arch;
    if (machine.state == saved && (resizes || grows || changes_arch))
        refuse("is saved: its sizes and its architecture cannot change before it is started");
    if (changes_arch && machine.state != off)
        refuse("is not off: its architecture cannot change before it is stopped");
}

} // namespace

Secrets Computes::secrets_of(const Uuid& id) const {
    const auto seen = look(context_);
    const auto* record = state::find(seen->compute_records, id);
    return record ? record->secrets : Secrets{};
}

void Computes::give_secrets(const Uuid& id, Secrets secrets) {
    if (secrets.empty()) return;
    context_.inventory.in_turn([&] {
        const auto seen = look(context_);
        const auto* record = state::find(seen->compute_records, id);
        if (!record || record->phase == state::Phase::leaving) return;
        auto changed = *record;
        secrets.merge(changed.secrets); // the new ones count
        changed.secrets = std::move(secrets);
        context_.inventory.put(changed);
    });
}

std::optional<state::Operation> Computes::update(const Uuid& id, const occi::Resource& wanted,
                                                 const Terms& terms) {
    const auto machine = changeable_machine(id, terms.who);
    auto wish = wish_of(wanted, context_.model);
    auto secrets = take_secrets(wish.notes);
    const auto had = secrets_of(id);
    settle_user_data(secrets, had, id);
    std::erase_if(secrets, [&](const auto& each) {
        return had.contains(each.first) && had.at(each.first) == each.second;
    });
    name_secrets(wish, secrets, machine.spec);
    const auto after = fulfilled(wish, machine.spec);
    if (wish.cores) refuse_too_many_cores(context_, after);
    const bool grows = disk_to_grow(wish, machine.spec) != nullptr;
    if (wish == Wish{} && secrets.empty()) return std::nullopt;
    if (!context_.operations.is_awaited(id)) { // else what it is then decides
        if (after == machine.spec && !grows && secrets.empty()) return std::nullopt;
        refuse_impossible(machine, after, grows);
    }
    if (!machine.stuck.empty())
        throw Error(Fault::busy, "compute " + id + " does not react: " + machine.stuck);
    auto begun = submit(context_, KindOfOperation::update_compute, id, terms, wish);
    give_secrets(id, std::move(secrets)); // now: they are in no plan
    return begun;
}

} // namespace service
