#include "agent/service/computes.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute_view.hh"
#include "agent/service/lifecycle.hh"
#include "agent/service/machine_build.hh"
#include "agent/service/machine_plan.hh"
#include "agent/service/patience.hh"

namespace service {

namespace name = occi::name;

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
    return *view_compute(*seen, id, node_.model);
}

// ---- creation ------------------------------------------------------------------------------------------------------

Uuid Computes::create(const occi::Resource& wanted, bool with_default_network, const auth::Principal& who) {
    auto plan = plan_machine(node_, networks_, wanted, with_default_network, who);
    state::ComputeRecord record{new_uuid(), std::move(plan.spec), state::Phase::coming, ""};
    if (record.spec.title.empty()) record.spec.title = "compute-" + record.id.substr(0, 8);
    node_.inventory.put(record);
    try {
        build_in_background(record, std::move(plan.images));
    } catch (...) {
        node_.inventory.drop_compute(record.id);
        throw;
    }
    return record.id;
}

void Computes::build_in_background(const state::ComputeRecord& record, std::vector<Uuid> images) {
    node_.operations.submit(
        record.id, "create compute",
        [this, record](std::stop_token stop) {
            try {
                build(node_, record.id, record.spec, stop);
                node_.inventory.reread_machine(record.id);
                if (stop.stop_requested()) return;
                node_.inventory.drop_compute(record.id);
                logging::info("compute {} runs", record.id);
            } catch (const std::exception& failure) {
                // Stopped: either its removal comes next and takes everything along, or the agent ends and resume() will.
                if (stop.stop_requested()) return;
                take_back(record, failure.what(), stop);
            }
        },
        state::Operations::Weight::light, std::move(images));
}

void Computes::take_back(state::ComputeRecord record, const std::string& why, std::stop_token stop) {
    logging::warning("compute {} failed: {}", record.id, why);
    const bool done = until_done(node_, "take back compute " + record.id, stop, [&] {
        dismantle(node_, record.id, record.spec);
        node_.inventory.reread_machine(record.id);
    });
    if (!done) return;
    record.phase = state::Phase::failed;
    record.message = why;
    node_.inventory.put(record);
}

// ---- changes -------------------------------------------------------------------------------------------------------

hv::Machine Computes::ready_machine(const Uuid& id, const auth::Principal& who) const {
    show(id, who); // not_found
    const auto seen = look(node_);
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

void Computes::begin(const Uuid& id, const std::string& what, std::function<void(std::stop_token)> verb) {
    node_.operations.submit(id, what, [this, id, what, verb = std::move(verb)](std::stop_token stop) {
        std::string trouble;
        try {
            verb(stop);
        } catch (const std::exception& failure) {
            trouble = what + ": " + failure.what();
            logging::warning("compute {}: {}", id, trouble);
        }
        node_.inventory.reread_machine(id);
        node_.inventory.set_trouble(id, trouble);
    });
}

bool Computes::invoke(const Uuid& id, const occi::Invocation& wanted, const auth::Principal& who) {
    const auto machine = ready_machine(id, who);
    const auto step = plan_step(wanted, machine); // conflict, invalid
    if (!step) return false;
    // What ends a machine at once does not wait for what only asks it to end.
    if (step->at_once) node_.operations.cancel(id);
    begin(id, step->what, [this, id, run = step->run](std::stop_token stop) { run(node_, id, stop); });
    return true;
}

bool Computes::retitle(const Uuid& id, const std::string& title, const auth::Principal& who) {
    if (ready_machine(id, who).spec.title == title) return false;
    begin(id, "rename", [this, id, title](std::stop_token) { node_.host.compute().retitle(id, title); });
    return true;
}

// ---- removal -------------------------------------------------------------------------------------------------------

bool Computes::remove(const Uuid& id, const auth::Principal& who, std::chrono::milliseconds patience) {
    show(id, who); // not_found
    const auto seen = look(node_);
    const auto held = held_spec(*seen, id);
    if (!held.spec) throw Error(Fault::not_found, "there is no compute " + id);
    if (!held.ours)
        throw Error(Fault::forbidden, "compute " + id + " was not made by this agent: it is only shown");
    const auto* record = state::find(seen->compute_records, id);
    if (!record || record->phase != state::Phase::leaving)
        begin_removal({id, *held.spec, state::Phase::leaving, ""});
    return node_.inventory.wait([&](const state::Snapshot& next) { return !held_spec(next, id).spec; },
                                patience);
}

void Computes::begin_removal(const state::ComputeRecord& record) {
    node_.inventory.put(record);
    node_.operations.cancel(record.id);
    node_.operations.submit(record.id, "remove compute", [this, record](std::stop_token stop) {
        until_done(node_, "remove compute " + record.id, stop, [&] {
            node_.inventory.put(record); // what was cancelled may have written its own last word
            dismantle(node_, record.id, record.spec);
            node_.inventory.reread_machine(record.id);
            node_.inventory.drop_compute(record.id);
        });
        logging::info("compute {} is removed", record.id);
    });
}

void Computes::resume(const state::Snapshot& at_start) {
    for (const auto& [id, record] : at_start.compute_records) {
        if (record->phase == state::Phase::leaving) begin_removal(*record);
        if (record->phase == state::Phase::coming)
            node_.operations.submit(id, "take back compute", [this, record = *record](std::stop_token stop) {
                take_back(record, "the agent was stopped while it made the compute", stop);
            });
    }
}

} // namespace service
