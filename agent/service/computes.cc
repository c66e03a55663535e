#include "agent/service/computes.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute_view.hh"
#include "agent/service/context.hh"
#include "agent/service/device_plan.hh"
#include "agent/service/disk_save.hh"
#include "agent/service/lifecycle.hh"
#include "agent/service/machine_build.hh"
#include "agent/service/machine_plan.hh"
#include "agent/service/machine_start.hh"
#include "agent/service/os_templates.hh"
#include "agent/service/wish.hh"
#include "drivers/note.hh"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

namespace service {

std::vector<std::string> Computes::list(const auth::Principal& who) const {
    const auto seen = look(node_);
    std::vector<std::string> ids;
    ids.reserve(seen->machines.size() + seen->compute_records.size());
    for (const auto& [id, machine] : seen->machines)
        if (who.may_use(machine->spec.owner)) ids.push_back(id);
    for (const auto& [id, record] : seen->compute_records)
        if (!seen->machines.contains(id) && who.may_use(record->spec.owner)) ids.push_back(id);
    return ids;
}

occi::Resource Computes::show(const Uuid& id, const auth::Principal& who) const {
    const auto seen = look(node_);
    const auto held = held_spec(*seen, id);
    if (!held.spec || !who.may_use(held.spec->owner))
        throw Error(Fault::not_found, "there is no compute " + text::printable(id));
    auto shown = *view_compute(*seen, id, node_.model);
    if (held.spec->owner == who.name) show_context(*held.spec, node_.model.known(), shown);
    return shown;
}

// ---- creation ------------------------------------------------------------------------------------------------------

Made Computes::create(const occi::Resource& wanted, bool with_default_network, const Terms& terms,
                      const Uuid& wanted_id) {
    look_connected(node_);
    const auto id = wanted_id.empty() ? new_uuid() : wanted_id;
    // Two may choose the same id at the same moment.
    const auto claim = node_.claims.claim([&](const Claimed& others) {
        if (others.used.contains(id) || held_spec(*look(node_), id).spec || node_.operations.holder(id))
            throw Error(Fault::precondition, "there is a compute " + id + " already");
        Claimed mine;
        mine.used.insert(id);
        return mine;
    });
    auto plan =
        plan_machine(node_, networks_, with_disk_of_template(wanted, *look(node_), node_.model, terms.who),
                     with_default_network, terms.who);
    state::ComputeRecord record{id, std::move(plan.spec), state::Phase::coming, ""};
    if (record.spec.title.empty()) record.spec.title = "compute-" + id.substr(0, 8);
    // Until it has its number: a removal of what is shown from here on must come behind it.
    const std::lock_guard deciding(records_);
    node_.inventory.put(record);
    try {
        return {id, node_.operations.submit({"create compute", "compute", id, terms.who.name,
                                             hv::to_note(record.spec), terms.key})};
    } catch (...) {
        node_.inventory.drop_compute(id);
        throw;
    }
}

void Computes::ended_creation(const state::Operation& operation) {
    const auto& id = operation.target;
    node_.inventory.reread_machine(id);
    const std::lock_guard deciding(records_);
    const auto seen = node_.inventory.now();
    const auto* record = state::find(seen->compute_records, id);
    if (!record || record->phase == state::Phase::leaving) return; // its removal comes next
    if (operation.stage == state::Stage::failed) {
        auto failed = *record;
        failed.phase = state::Phase::failed;
        failed.message = operation.message;
        return node_.inventory.put(failed);
    }
    node_.inventory.drop_compute(id);
}

// ---- changes -------------------------------------------------------------------------------------------------------

hv::Machine Computes::ready_machine(const Uuid& id, const auth::Principal& who) const {
    show(id, who);                           // not_found
    const auto seen = look_connected(node_); // what is done hours later is not what was asked for
    if (const auto* record = state::find(seen->compute_records, id)) {
        using enum state::Phase;
        if (record->phase == coming) throw Error(Fault::conflict, "compute " + id + " is still being made");
        if (record->phase == failed)
            throw Error(Fault::conflict, "compute " + id + " failed and can only be deleted");
        throw Error(Fault::conflict, "compute " + id + " is being deleted");
    }
    const auto* machine = state::find(seen->machines, id);
    if (!machine) throw Error(Fault::not_found, "there is no compute " + id);
    if (!machine->ours)
        throw Error(Fault::forbidden, "compute " + id + " was not made by this agent: it is only shown");
    return *machine;
}

hv::Machine Computes::reacting_machine(const Uuid& id, const auth::Principal& who) const {
    auto machine = ready_machine(id, who);
    if (!machine.stuck.empty())
        throw Error(Fault::busy, "compute " + id + " does not react: " + machine.stuck);
    return machine;
}

// Of everything but a creation and a removal: what came of it is shown with the machine.
void Computes::ended_change(const state::Operation& operation) {
    node_.inventory.reread_machine(operation.target);
    node_.inventory.set_trouble(operation.target, operation.stage == state::Stage::failed
                                                      ? operation.kind + ": " + operation.message
                                                      : std::string());
}

std::optional<state::Operation> Computes::invoke(const Uuid& id, const occi::Invocation& wanted,
                                                 const Terms& terms) {
    if (wanted.action->id.term == save_action) return save(id, wanted, terms).operation;
    const auto machine = ready_machine(id, terms.who);
    const auto kind = operation_for(wanted, machine, !node_.operations.holder(id)); // conflict, busy, invalid
    if (!kind) return std::nullopt;
    if (wanted.action == node_.model.known().start) refuse_start(*look(node_), machine);
    return node_.operations.submit({*kind, "compute", id, terms.who.name, "", terms.key}, terms.check);
}

Made Computes::save(const Uuid& id, const occi::Invocation& wanted, const Terms& terms) {
    occi::Entity given;
    given.attributes = wanted.attributes;
    return storages_.save(ready_machine(id, terms.who), given.string(occi::name::name_of_copy).value_or(""),
                          given.string(occi::name::method) == "deferred", terms);
}

namespace {

// User data are what a guest is told when it begins (GFD.224, 3.6): later nobody would hear them.
void settle_user_data(Wish& wish, const hv::Machine& machine) {
    const auto wanted = wish.notes.find(note::user_data);
    if (wanted == wish.notes.end()) return;
    const auto had = machine.spec.notes.find(note::user_data);
    if (had == machine.spec.notes.end() || !is_same_context(had->second, wanted->second))
        throw Error(Fault::forbidden, "the user data of compute " + machine.id +
                                          " are given when it is made, and do not change");
    wish.notes.erase(wanted);
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

std::optional<state::Operation> Computes::update(const Uuid& id, const occi::Resource& wanted,
                                                 const Terms& terms) {
    const auto machine = ready_machine(id, terms.who);
    auto wish = wish_of(wanted, node_.model);
    settle_user_data(wish, machine);
    const auto after = fulfilled(wish, machine.spec);
    const bool grows = disk_to_grow(wish, machine.spec) != nullptr;
    if (wish == Wish{}) return std::nullopt;
    if (!node_.operations.holder(id)) { // else what it is then decides
        if (after == machine.spec && !grows) return std::nullopt;
        refuse_impossible(machine, after, grows);
    }
    if (!machine.stuck.empty())
        throw Error(Fault::busy, "compute " + id + " does not react: " + machine.stuck);
    return node_.operations.submit(
        {"update compute", "compute", id, terms.who.name, to_plan(wish), terms.key}, terms.check);
}

std::optional<state::Operation> Computes::change_disks(const Uuid& id, const std::vector<occi::Link>& wanted,
                                                       const Terms& terms) {
    const auto machine = reacting_machine(id, terms.who);
    const auto [change, claim] = plan_disk_change(node_, machine, wanted, terms.who);
    if (change.is_empty()) return std::nullopt;
    return submit_change(machine, change, terms);
}

state::Operation Computes::submit_change(const hv::Machine& machine, const DeviceChange& change,
                                         const Terms& terms) {
    const bool of_disks = !change.more.disks.empty() || !change.less.disks.empty();
    return node_.operations.submit({of_disks ? change_of_disks : change_of_nics, "compute", machine.id,
                                    terms.who.name, to_plan(change), terms.key},
                                   terms.check);
}

Made Computes::attach(const Uuid& id, const occi::Link& wanted, const Terms& terms) {
    const auto machine = reacting_machine(id, terms.who);
    const auto [change, claim] = plan_link(node_, machine, wanted, terms.who);
    return {link_made_by(id, change), submit_change(machine, change, terms)};
}

state::Operation Computes::detach(const Uuid& id, const occi::Kind& kind, const Uuid& link,
                                  const Terms& terms) {
    const auto machine = reacting_machine(id, terms.who);
    const auto is_it = [&](const auto& device) { return link_id(id, device) == link; };
    DeviceChange change;
    if (&kind == node_.model.known().storagelink)
        std::ranges::copy_if(machine.spec.disks, std::back_inserter(change.less.disks), is_it);
    else
        std::ranges::copy_if(machine.spec.nics, std::back_inserter(change.less.nics), is_it);
    if (change.is_empty())
        throw Error(Fault::not_found, "there is no " + kind.id.term + " " + text::printable(link));
    for (const auto& disk : change.less.disks) {
        refuse_first(machine, disk);
        if (disk.volume.empty())
            throw Error(Fault::forbidden, disk.target + " of compute " + id +
                                              " was not plugged in by this agent: it is only shown");
    }
    return submit_change(machine, change, terms);
}

// ---- removal -------------------------------------------------------------------------------------------------------

state::Operation Computes::remove(const Uuid& id, const Terms& terms) {
    show(id, terms.who); // not_found
    std::unique_lock deciding(records_);
    const auto seen = look(node_);
    const auto held = held_spec(*seen, id);
    if (!held.spec) throw Error(Fault::not_found, "there is no compute " + id);
    if (!held.ours)
        throw Error(Fault::forbidden, "compute " + id + " was not made by this agent: it is only shown");
    const auto* record = state::find(seen->compute_records, id);
    if (record && record->phase == state::Phase::leaving)
        if (auto under_way = node_.operations.holder(id); under_way && under_way->kind == "delete compute")
            return *under_way;
    return begin_removal({id, *held.spec, state::Phase::leaving, ""}, terms, std::move(deciding));
}

state::Operation Computes::begin_removal(const state::ComputeRecord& record, const Terms& terms,
                                         std::unique_lock<std::mutex> deciding) {
    const auto before = node_.inventory.now();
    const auto* old = state::find(before->compute_records, record.id);
    if (terms.check) terms.check(); // our own mark changes what is shown
    node_.inventory.put(record);
    deciding.unlock();
    try {
        return node_.operations.submit(
            {"delete compute", "compute", record.id, terms.who.name, hv::to_note(record.spec), terms.key},
            alone_if_checked(terms));
    } catch (...) {
        deciding.lock();
        if (old)
            node_.inventory.put(*old);
        else
            node_.inventory.drop_compute(record.id);
        throw;
    }
}

std::vector<state::OperationKind> Computes::kinds() {
    using state::Operation, state::OperationKind;
    const auto ended_change = [this](const Operation& operation) { this->ended_change(operation); };
    auto kinds = lifecycle_kinds(node_, ended_change);
    const auto add = [&](const char* name, std::function<state::Work(const Operation&)> work,
                         std::function<void(const Operation&)> ended) -> state::OperationKind& {
        auto& kind = kinds.emplace_back();
        kind.name = name;
        kind.work = [work = std::move(work), ended = std::move(ended)](const Operation& operation) {
            auto made = work(operation);
            made.ended = ended;
            return made;
        };
        return kind;
    };
    add(
        "create compute", [this](const Operation& operation) { return creation_work(node_, operation); },
        [this](const Operation& operation) { ended_creation(operation); })
        .weight = state::OperationKind::Weight::heavy;
    auto& removal = add(
        "delete compute", [this](const Operation& operation) { return removal_work(node_, operation); },
        [this](const Operation& operation) {
            const std::lock_guard deciding(records_);
            node_.inventory.drop_compute(operation.target);
        });
    removal.at_once = removal.frees = true;
    for (const auto* name : {change_of_disks, change_of_nics}) {
        OperationKind change;
        change.name = name;
        change.gives_way = true; // it may be the guest that it waits for
        change.work = [this, ended_change](const Operation& operation) {
            auto work = device_change_work(node_, operation);
            // Let go when all of it is shown: the plan is in no snapshot until then.
            auto claim = std::make_shared<std::optional<Claims::Claim>>(
                node_.claims.claim([&](const Claimed&) { return chosen_in(from_plan(operation).more); }));
            work.ended = [ended_change, claim](const Operation& ended) {
                ended_change(ended);
                claim->reset();
            };
            return work;
        };
        kinds.push_back(std::move(change));
    }
    auto& update = add(
        "update compute", [this](const Operation& operation) { return update_work(node_, operation); },
        ended_change);
    update.gives_way = true;
    update.synced = false;
    return kinds;
}

void Computes::resume(const state::Snapshot& at_start) {
    const Terms ours{{"", true}};
    for (const auto& [id, record] : at_start.compute_records) {
        using enum state::Phase;
        if ((record->phase == coming || record->phase == leaving) && !node_.operations.holder(id) &&
            state::find(node_.inventory.now()->compute_records, id))
            begin_removal({id, record->spec, leaving, ""}, ours, std::unique_lock(records_));
    }
}

} // namespace service
