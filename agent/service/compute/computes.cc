#include "agent/service/compute/computes.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/compute_record.hh"
#include "agent/service/compute/compute_view.hh"
#include "agent/service/compute/contextualization.hh"
#include "agent/service/compute/device_plan.hh"
#include "agent/service/compute/lifecycle.hh"
#include "agent/service/compute/machine_build.hh"
#include "agent/service/compute/machine_plan.hh"
#include "agent/service/compute/machine_start.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/foreign.hh"
#include "agent/service/storage/disk_save.hh"
#include "agent/service/storage/os_templates.hh"
#include "agent/service/storage/room.hh"
#include "agent/service/storage/users.hh"
#include "agent/service/submit.hh"
#include "drivers/note.hh"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

namespace service {

std::vector<std::string> Computes::list(const auth::Principal& who) const {
    const auto seen = look(context_);
    std::vector<std::string> ids;
    ids.reserve(seen->machines.size() + seen->compute_records.size());
    for (const auto& [id, machine] : seen->machines)
        if (who.may_use(machine->spec.owner)) ids.push_back(id);
    for (const auto& [id, record] : seen->compute_records)
        if (!seen->machines.contains(id) && who.may_use(record->spec.owner)) ids.push_back(id);
    return ids;
}

occi::Resource Computes::show(const Uuid& id, const auth::Principal& who) const {
    const auto seen = look(context_);
    const auto held = held_spec(*seen, id);
    if (!held.spec || !who.may_use(held.spec->owner))
        throw Error(Fault::not_found, "there is no compute " + text::printable(id));
    auto shown = *view_compute(*seen, id, context_.model);
    const auto* record = state::find(seen->compute_records, id);
    if (!record || held.spec->owner != who.name) return shown;
    show_context(record->secrets, context_.model.known(), shown);
    if (const auto lost = lost_secrets(*held.spec, record->secrets);
        !lost.empty() && record->phase == state::Phase::ready) {
        const auto before = shown.string(occi::name::compute_message).value_or("");
        shown.attributes[occi::name::compute_message] = before.empty() ? lost : before + "; " + lost;
        shown.attributes.try_emplace(occi::name::trouble, lost); // the draft shows a message with it
    }
    return shown;
}

// ---- creation ------------------------------------------------------------------------------------------------------

Made Computes::create(const occi::Resource& wanted, bool with_default_network, const Terms& terms,
                      const Uuid& wanted_id) {
    look_connected(context_);
    const auto id = wanted_id.empty() ? new_uuid() : wanted_id;
    // Two may choose the same id at the same moment.
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        if (others.used.contains(id) || held_spec(*look(context_), id).spec || context_.operations.holder(id))
            throw Error(Fault::precondition, "there is a compute " + id + " already");
        Claimed mine;
        mine.used.insert(id);
        return mine;
    });
    auto plan = plan_machine(context_, networks_,
                             with_disk_of_template(wanted, *look(context_), context_.model, terms.who),
                             with_default_network, terms.who);
    state::ComputeRecord record{id, std::move(plan.spec), state::Phase::coming, ""};
    check_room(context_, record.spec.disks);
    record.secrets = take_secrets(record.spec);
    if (record.spec.title.empty()) record.spec.title = "compute-" + id.substr(0, 8);
    // Until it has its number: a removal of what is shown from here on must come behind it.
    const std::lock_guard deciding(records_);
    context_.inventory.put(record);
    try {
        return {id, submit(context_, KindOfOperation::create_compute, id, terms, hv::to_note(record.spec))};
    } catch (...) {
        context_.inventory.drop_compute(id);
        throw;
    }
}

void Computes::ended_creation(const state::Operation& operation) {
    const auto& id = operation.target;
    context_.inventory.reread_machine(id);
    const std::lock_guard deciding(records_);
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->compute_records, id);
    if (!record || record->phase == state::Phase::leaving) return; // its removal comes next
    if (operation.stage == state::Stage::failed) {
        auto failed = *record;
        failed.phase = state::Phase::failed;
        failed.message = operation.message;
        return context_.inventory.put(failed);
    }
    if (operation.stage == state::Stage::cancelled) return context_.inventory.drop_compute(id);
    auto made = *record;
    made.phase = state::Phase::ready;
    made.spec.notes[note::operation] = operation.id;
    if (!operation.key.empty()) made.spec.notes[note::key] = operation.key;
    if (const auto* machine = state::find(seen->machines, id)) fill_in(made.spec, machine->spec);
    context_.inventory.put(made);
}

// ---- changes -------------------------------------------------------------------------------------------------------

hv::Machine Computes::ready_machine(const Uuid& id, const auth::Principal& who) const {
    show(id, who);                              // not_found
    const auto seen = look_connected(context_); // what is done hours later is not what was asked for
    if (const auto* record = state::record_alone(*seen, id)) {
        using enum state::Phase;
        if (record->phase == ready)
            throw Error(Fault::conflict, "compute " + id + " was " + state::undefined_by_others +
                                             " and can only be started or deleted");
        if (record->phase == coming) throw Error(Fault::conflict, "compute " + id + " is still being made");
        if (record->phase == failed)
            throw Error(Fault::conflict, "compute " + id + " failed and can only be deleted");
        throw Error(Fault::conflict, "compute " + id + " is being deleted");
    }
    const auto* machine = state::find(seen->machines, id);
    if (!machine) throw Error(Fault::not_found, "there is no compute " + id);
    if (!machine->ours) refuse_foreign(context_, *seen, "compute", id);
    return *machine;
}

hv::Machine Computes::reacting_machine(const Uuid& id, const auth::Principal& who) const {
    auto machine = ready_machine(id, who);
    if (!machine.stuck.empty())
        throw Error(Fault::busy, "compute " + id + " does not react: " + machine.stuck);
    return machine;
}

namespace {

// Of what came and went what has no volume and no address any more.
void forget_freed(Context& context, hv::MachineSpec& recorded, const DeviceChange& change) {
    for (const auto* disks : {&change.more.disks, &change.less.disks})
        for (const auto& disk : *disks)
            if (!context.host.storage().find(disk.volume))
                std::erase_if(recorded.disks,
                              [&](const hv::Disk& each) { return each.volume == disk.volume; });
    for (const auto* nics : {&change.more.nics, &change.less.nics})
        for (const auto& nic : *nics) {
            const auto network = context.host.network().find(nic.network);
            const auto is_its_own = [&](const hv::Reservation& each) { return each.mac == nic.mac; };
            if (!network || std::ranges::none_of(network->reservations, is_its_own))
                std::erase_if(recorded.nics, [&](const hv::Nic& each) { return each.mac == nic.mac; });
        }
}

} // namespace

// What a change has made of it is in its record too, also for a removal that waits for the end of the change.
void Computes::keep_record(const state::Operation& operation) {
    const std::lock_guard deciding(records_);
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->compute_records, operation.target);
    const auto* machine = state::find(seen->machines, operation.target);
    if (!record) return;
    auto changed = *record;
    if (!machine) { // what the change has taken from it, it does not come back with
        if (changes_devices(operation)) forget_freed(context_, changed.spec, from_plan(operation));
        if (changed.spec != record->spec) context_.inventory.put(changed);
        return;
    }
    if (is(operation, KindOfOperation::update_compute))
        take_over(changed.spec, machine->spec, wish_in(operation.plan),
                  operation.stage == state::Stage::done);
    else if (changes_devices(operation))
        take_over(changed.spec, machine->spec, from_plan(operation));
    if (changed.spec != record->spec) context_.inventory.put(changed);
}

// Of everything but a creation and a removal: what came of it is shown with the machine.
void Computes::ended_change(const state::Operation& operation) {
    context_.inventory.reread_machine(operation.target);
    keep_record(operation);
    context_.inventory.set_trouble(operation.target, operation.stage == state::Stage::failed
                                                         ? operation.kind + ": " + operation.message
                                                         : std::string());
}

// Of one that others have undefined there is nothing but a start, and that makes it again.
bool Computes::is_to_return(const Uuid& id, const occi::Invocation& wanted, const Terms& terms) const {
    show(id, terms.who); // not_found
    return wanted.action == context_.model.known().start &&
           state::is_undefined(*look_connected(context_), id);
}

std::optional<state::Operation> Computes::invoke(const Uuid& id, const occi::Invocation& wanted,
                                                 const Terms& terms) {
    if (wanted.action->id.term == save_action) return save(id, wanted, terms).operation;
    if (is_to_return(id, wanted, terms))
        return submit(context_, KindOfOperation::define_compute_again, id, terms);
    const auto machine = ready_machine(id, terms.who);
    const auto kind =
        operation_for(wanted, machine, !context_.operations.holder(id)); // conflict, busy, invalid
    if (wanted.action == context_.model.known().start) refuse_start(*look(context_), machine);
    return submit(context_, kind, id, terms);
}

std::string Computes::why_not(const Uuid& id, const occi::Invocation& wanted) const {
    if (context_.operations.holder(id)) return {};
    const auto seen = look(context_);
    const auto* record = state::find(seen->compute_records, id);
    if (record && record->phase != state::Phase::ready)
        return "compute " + id + " is being made or removed, or has failed";
    if (state::is_undefined(*seen, id) && wanted.action != context_.model.known().start)
        return "compute " + id + " was " + state::undefined_by_others + ": start or delete it";
    const auto* machine = state::find(seen->machines, id);
    return machine ? service::why_not(wanted, *machine) : std::string();
}

Made Computes::save(const Uuid& id, const occi::Invocation& wanted, const Terms& terms) {
    occi::Entity given;
    given.attributes = wanted.attributes;
    return storages_.save(ready_machine(id, terms.who), given.string(occi::name::name_of_copy).value_or(""),
                          given.string(occi::name::method) == "deferred", terms);
}

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
    const std::lock_guard deciding(records_);
    const auto seen = look(context_);
    const auto* record = state::find(seen->compute_records, id);
    if (!record || record->phase == state::Phase::leaving) return;
    auto changed = *record;
    secrets.merge(changed.secrets); // the new ones count
    changed.secrets = std::move(secrets);
    context_.inventory.put(changed);
}

std::optional<state::Operation> Computes::update(const Uuid& id, const occi::Resource& wanted,
                                                 const Terms& terms) {
    const auto machine = ready_machine(id, terms.who);
    auto wish = wish_of(wanted, context_.model);
    auto secrets = take_secrets(wish.notes);
    const auto had = secrets_of(id);
    settle_user_data(secrets, had, id);
    std::erase_if(secrets, [&](const auto& each) {
        return had.contains(each.first) && had.at(each.first) == each.second;
    });
    name_secrets(wish, secrets, machine.spec);
    const auto after = fulfilled(wish, machine.spec);
    const bool grows = disk_to_grow(wish, machine.spec) != nullptr;
    if (wish == Wish{} && secrets.empty()) return std::nullopt;
    if (!context_.operations.holder(id)) { // else what it is then decides
        if (after == machine.spec && !grows && secrets.empty()) return std::nullopt;
        refuse_impossible(machine, after, grows);
    }
    if (!machine.stuck.empty())
        throw Error(Fault::busy, "compute " + id + " does not react: " + machine.stuck);
    auto begun = submit(context_, KindOfOperation::update_compute, id, terms, to_plan(wish));
    give_secrets(id, std::move(secrets)); // now: they are in no plan
    return begun;
}

std::optional<state::Operation> Computes::change_disks(const Uuid& id, const std::vector<occi::Link>& wanted,
                                                       const Terms& terms) {
    const auto machine = reacting_machine(id, terms.who);
    const auto [change, claim] = plan_disk_change(context_, machine, wanted, terms.who);
    if (change.is_empty()) return std::nullopt;
    check_room(context_, change.more.disks);
    return submit_change(machine, change, terms);
}

state::Operation Computes::submit_change(const hv::Machine& machine, const DeviceChange& change,
                                         const Terms& terms) {
    const bool of_disks = !change.more.disks.empty() || !change.less.disks.empty();
    using enum KindOfOperation;
    return submit(context_, of_disks ? change_disks : change_nics, machine.id, terms, to_plan(change));
}

Made Computes::attach(const Uuid& id, const occi::Link& wanted, const Terms& terms) {
    const auto machine = reacting_machine(id, terms.who);
    const auto [change, claim] = plan_link(context_, machine, wanted, terms.who);
    check_room(context_, change.more.disks);
    return {link_made_by(id, change), submit_change(machine, change, terms)};
}

namespace {

// What is to be taken from the machine. Error{not_found, forbidden}
DeviceChange detachment(const hv::Machine& machine, const occi::Kind& kind, const Uuid& link,
                        const occi::Model::Known& known) {
    const auto& id = machine.id;
    const auto is_it = [&](const auto& device) { return link_id(id, device) == link; };
    DeviceChange change;
    if (&kind == known.storagelink)
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
    return change;
}

} // namespace

bool Computes::may_detach(const Uuid& id, const occi::Kind& kind, const Uuid& link,
                          const auth::Principal& who) const {
    if (!held_spec(*look(context_), id).ours) return false;
    detachment(reacting_machine(id, who), kind, link, context_.model.known());
    return true;
}

state::Operation Computes::detach(const Uuid& id, const occi::Kind& kind, const Uuid& link,
                                  const Terms& terms) {
    const auto machine = reacting_machine(id, terms.who);
    return submit_change(machine, detachment(machine, kind, link, context_.model.known()), terms);
}

// ---- removal -------------------------------------------------------------------------------------------------------

// Its own volumes go with it, unless a machine of others has them as well. While the hypervisor is away it is asked
// when it is back: then those volumes stay.
void Computes::refuse_in_other_hands(const Uuid& id) const {
    const auto seen = look(context_);
    const auto held = held_spec(*seen, id);
    if (!held.spec || !held.ours || !seen->connected) return;
    const auto* record = state::find(seen->compute_records, id);
    std::set<Uuid> own;
    for (const auto& disk : (record ? record->spec : *held.spec).disks)
        if (disk.content != hv::Content::storage && !disk.volume.empty()) own.insert(disk.volume);
    try {
        for (const auto& [volume, users] : ask_users(context_, own))
            for (const auto& user : users)
                if (user.machine != id)
                    throw Error(Fault::conflict, "compute " + id + " cannot be deleted while its volume " +
                                                     volume + " is used by " + user.name);
    } catch (const Error& failure) {
        if (failure.fault() != Fault::unavailable && failure.fault() != Fault::timeout) throw;
    }
}

bool Computes::may_remove(const Uuid& id, const auth::Principal& who) const {
    show(id, who); // not_found
    const auto seen = look(context_);
    if (!held_spec(*seen, id).ours) return false;
    refuse_in_other_hands(id);
    refuse_foreign_pool(*seen);
    return true;
}

state::Operation Computes::remove(const Uuid& id, const Terms& terms) {
    show(id, terms.who); // not_found
    refuse_in_other_hands(id);
    std::unique_lock deciding(records_);
    const auto seen = look(context_);
    const auto held = held_spec(*seen, id);
    if (!held.spec) throw Error(Fault::not_found, "there is no compute " + id);
    if (!held.ours) refuse_foreign(context_, *seen, "compute", id);
    refuse_foreign_pool(*seen);
    const auto* record = state::find(seen->compute_records, id);
    if (record && record->phase == state::Phase::leaving)
        if (auto under_way = context_.operations.holder(id);
            under_way && is(*under_way, KindOfOperation::delete_compute))
            return *under_way;
    // What is removed with it is what we gave it; the addresses also of what others have plugged in are the driver's to
    // tell.
    return begin_removal({id, record ? record->spec : *held.spec, state::Phase::leaving, ""}, terms,
                         std::move(deciding));
}

state::Operation Computes::begin_removal(const state::ComputeRecord& record, const Terms& terms,
                                         std::unique_lock<DiskLock> deciding) {
    const auto before = context_.inventory.now();
    const auto* old = state::find(before->compute_records, record.id);
    if (terms.check) terms.check(); // our own mark changes what is shown
    context_.inventory.put(record);
    deciding.unlock();
    try {
        return submit(context_, KindOfOperation::delete_compute, record.id, terms, hv::to_note(record.spec));
    } catch (...) {
        deciding.lock();
        if (old)
            context_.inventory.put(*old);
        else
            context_.inventory.drop_compute(record.id);
        throw;
    }
}

// Lets go of what it has chosen when all of it is shown: the plan is in no snapshot until then.
state::Work Computes::device_change(const state::Operation& operation) {
    auto work = device_change_work(context_, operation);
    auto claim = std::make_shared<std::optional<Claims::Claim>>(
        context_.claims.claim([&](const Claimed&) { return chosen_in(from_plan(operation).more); }));
    work.ended = [this, claim](const state::Operation& ended) {
        ended_change(ended);
        claim->reset();
    };
    return work;
}

void Computes::ended_removal(const state::Operation& operation) {
    const std::lock_guard deciding(records_);
    context_.inventory.drop_compute(operation.target);
}

std::vector<state::OperationKind> Computes::kinds() {
    using state::Operation, state::Work;
    using enum KindOfOperation;
    using Ended = std::function<void(const Operation&)>;
    const Ended changed = [this](const Operation& operation) { ended_change(operation); };
    auto kinds = lifecycle_kinds(context_, changed);
    const auto add = [&](KindOfOperation kind, Work (*work_of)(Context&, const Operation&), Ended ended) {
        kinds.push_back(serve(kind, [this, work_of, ended = std::move(ended)](const Operation& operation) {
            auto work = work_of(context_, operation);
            work.ended = ended;
            return work;
        }));
    };
    add(create_compute, creation_work, [this](const Operation& operation) { ended_creation(operation); });
    add(delete_compute, removal_work, [this](const Operation& operation) { ended_removal(operation); });
    add(define_compute_again, return_work, changed);
    add(update_compute, update_work, changed);
    for (const auto kind : {change_disks, change_nics})
        kinds.push_back(serve(kind, [this](const Operation& operation) { return device_change(operation); }));
    return kinds;
}

namespace {

// Whether all that its note names is its own: each disk is a file that nobody else has.
bool has_to_itself(const hv::Machine& machine, std::map<Uuid, Users>& users) {
    return std::ranges::all_of(machine.spec.disks, [&](const hv::Disk& disk) {
        if (disk.volume.empty()) return true;
        const auto& found = users[disk.volume];
        const bool has_it =
            std::ranges::any_of(found, [&](const User& user) { return user.machine == machine.id; });
        return has_it && !holder_among(found, machine.id);
    });
}

std::set<Uuid> volumes_of(const hv::MachineSpec& spec) {
    std::set<Uuid> volumes;
    for (const auto& disk : spec.disks)
        if (!disk.volume.empty()) volumes.insert(disk.volume);
    return volumes;
}

} // namespace

void Computes::adopt() {
    const std::lock_guard deciding(records_);
    const auto seen = context_.inventory.now();
    for (const auto& id : seen->unrecorded) {
        if (!seen->machines.contains(id) || seen->compute_records.contains(id)) continue;
        const auto machine = context_.host.compute().find(id); // with all that its note says
        if (!machine || !machine->ours) continue;
        auto users = ask_users(context_, volumes_of(machine->spec));
        if (!has_to_itself(*machine, users)) {
            logging::warning(
                "compute {} has our mark and no record, and its disks are not its own: it is of others", id);
            continue;
        }
        logging::info("compute {} has no record: taken over as it is", id);
        context_.inventory.put(state::ComputeRecord{id, machine->spec, state::Phase::ready, ""});
        context_.inventory.reread_machine(id);
    }
}

// Releases before this had them in the description of the machine, which others may read.
void Computes::move_secrets() {
    std::vector<Uuid> described;
    {
        const std::lock_guard deciding(records_);
        const auto seen = context_.inventory.now();
        for (const auto& [id, record] : seen->compute_records) {
            const auto* machine = state::find(seen->machines, id);
            const bool is_described = machine && machine->ours && has_secrets(machine->spec);
            if (is_described) described.push_back(id);
            if (!is_described && !has_secrets(record->spec)) continue;
            auto changed = *record;
            changed.secrets.merge(take_secrets(changed.spec));
            if (is_described) {
                auto spec = machine->spec;
                changed.secrets.merge(take_secrets(spec));
                note_secrets(changed.spec, changed.secrets);
            }
            context_.inventory.put(changed);
        }
    }
    for (const auto& id : described) {
        Wish without;
        without.notes[note::ssh_key] = without.notes[note::user_data] = "";
        const auto secrets = secrets_of(id);
        hv::MachineSpec named;
        note_secrets(named, secrets);
        without.notes[note::secrets] = named.notes[note::secrets];
        try {
            submit(context_, KindOfOperation::update_compute, id, {{"", auth::Role::administrator}},
                   to_plan(without));
        } catch (const Error& failure) {
            logging::warning("compute {} keeps secrets in its description until the next start: {}", id,
                             failure.what());
        }
    }
}

void Computes::resume(const state::Snapshot& at_start) {
    const Terms ours{{"", auth::Role::administrator}};
    for (const auto& [id, record] : at_start.compute_records) {
        using enum state::Phase;
        if ((record->phase == coming || record->phase == leaving) &&
            is_left_over(context_, &state::Snapshot::compute_records, id, *record))
            begin_removal({id, record->spec, leaving, ""}, ours, std::unique_lock(records_));
    }
    move_secrets();
}

} // namespace service
