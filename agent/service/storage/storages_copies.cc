// Copies of storages that are there (backup, snapshot): each is a storage of its own.
#include "agent/service/storage/storages.hh"

#include "agent/base/clock.hh"
#include "agent/base/error.hh"
#include "agent/service/storage/overlays.hh"
#include "agent/service/storage/storage_rules.hh"
#include "agent/service/submit.hh"
#include "agent/service/unmade.hh"
#include "agent/service/users.hh"

#include <algorithm>
#include <chrono>

namespace service {

state::Operation Storages::begin_copy(const Uuid& original, const std::string& what, bool offline,
                                      const Terms& terms) {
    const auto from = readable_record(original, terms.who);
    const bool is_his = terms.who.may_change(state::whose(from));
    state::StorageRecord record;
    record.id = new_uuid();
    record.owner = is_his ? from.owner : terms.who.name;
    record.group = is_his ? from.group : terms.who.group;
    record.title = (from.title.empty() ? original.substr(0, 8) : from.title) + " " + what + " " +
                   to_rfc3339(std::chrono::system_clock::now());
    record.offline = offline;
    if (!from.os_term.empty()) offer_as_template(record);
    const auto users = told_to(terms.who, *look(context_), ask_users(context_, original));
    // Held until the journal names it: it neither grows nor goes meanwhile.
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        const auto seen = look(context_);
        refuse(cannot_copy, users, original);
        if (others.leaving.contains(original))
            throw Error(Fault::conflict, "storage " + original + " is being removed or changed");
        const auto* volume = state::find(seen->volumes, original);
        record.bytes = volume ? volume->bytes : from.bytes;
        Claimed mine;
        mine.used.insert(original);
        return mine;
    });
    const auto seen = look(context_);
    const auto* volume = state::find(seen->volumes, original);
    check_room(volume ? volume->allocated : 0);
    if (terms.check) terms.check();
    context_.inventory.put(record);
    try {
        return submit(context_, KindOfOperation::copy_storage, record.id, terms, Source{original});
    } catch (...) {
        context_.inventory.drop_storage(record.id);
        throw;
    }
}

// By the machine that writes to it, when one does: as it is at one moment, and the guest goes on.
void Storages::copy_volume(const Uuid& id, const Uuid& original, state::Task& task) {
    auto& storage = context_.host.storage();
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        if (others.attached.contains(original) || others.leaving.contains(original))
            throw Error(Fault::busy,
                        "storage " + original + " is being changed, or a compute with it starts");
        Claimed mine;
        mine.copied.insert(original);
        return mine;
    });
    refuse_unmade(context_, original);
    const auto users = ask_users(context_, original);
    refuse(cannot_copy, users, original);
    const auto volume = storage.find(original);
    if (!volume) throw Error(Fault::conflict, "storage " + original + " was removed");
    // What a machine of ours writes to is a snapshot that others have put on top of it.
    if (const auto covered = overlays_on(context_, original); covered && covered->in_memory) {
        const auto copy = storage.create(id, bytes_seen_on(context_, covered->disk, *volume));
        return context_.host.compute().copy_disk(
            covered->machine, original, copy, [&](unsigned percent) { task.progress(percent); }, task.stop());
    } else if (covered) {
        storage.flatten(
            id, chain_of(context_, covered->disk), [](std::uint64_t) {}, task.stop());
        return;
    }
    const auto is_writer = [](const User& user) { return !user.is_clone && user.in_memory; };
    if (const auto writer = std::ranges::find_if(users, is_writer); writer != users.end()) {
        const auto copy = storage.create(id, volume->bytes);
        return context_.host.compute().copy_disk(
            writer->machine, original, copy, [&](unsigned percent) { task.progress(percent); }, task.stop());
    }
    const auto all = std::max<std::uint64_t>(volume->bytes, 1);
    storage.copy(
        id, *volume,
        [&](std::uint64_t done) { task.progress(static_cast<unsigned>(std::min(done, all) * 100 / all)); },
        task.stop());
    refuse(cannot_copy_now, ask_users(context_, original), original); // others may have begun meanwhile
}

state::OperationKind Storages::kind_of_copy() {
    using state::Operation, state::Task;
    auto copying = creation(
        KindOfOperation::copy_storage, "copy",
        [this](const Operation& operation, Task& task) {
            copy_volume(operation.target, plan_of<Source>(operation).name, task);
        },
        true);
    copying.work = [begun = copying.work](const Operation& operation) {
        auto work = begun(operation);
        work.after = {plan_of<Source>(operation).name}; // the original
        return work;
    };
    return copying;
}

} // namespace service
