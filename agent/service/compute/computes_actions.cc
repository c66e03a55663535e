#include "agent/service/compute/computes.hh"

#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/lifecycle.hh"
#include "agent/service/compute/machine_start.hh"
#include "agent/service/storage/disk_save.hh"
#include "agent/service/submit.hh"

#include <array>
#include <utility>

namespace service {

// Of one that others have undefined there is nothing but a start, and that makes it again.
bool Computes::is_to_return(const Uuid& id, const occi::Invocation& wanted, const Terms& terms) const {
    show(id, terms.who); // not_found
    const auto seen = look_connected(context_);
    require_own(*seen, id, terms.who);
    return wanted.action == context_.model.known().start && state::is_undefined(*seen, id);
}

std::optional<state::Operation> Computes::invoke(const Uuid& id, const occi::Invocation& wanted,
                                                 const Terms& terms) {
    if (wanted.action->id.term == save_action) return save(id, wanted, terms).operation;
    if (is_to_return(id, wanted, terms))
        return submit(context_, KindOfOperation::define_compute_again, id, terms);
    const auto machine = changeable_machine(id, terms.who);
    const auto kind =
        operation_for(wanted, machine, !context_.operations.is_awaited(id)); // conflict, busy, invalid
    if (wanted.action == context_.model.known().start) refuse_start(*look(context_), machine);
    return submit(context_, kind, id, terms);
}

// In what phases nothing can be asked of a compute.
constexpr std::array not_there{
    std::pair{state::Phase::coming, "is still being made"},
    std::pair{state::Phase::failed, "could not be made: there is nothing to do but to delete it"},
    std::pair{state::Phase::leaving, "is being removed"},
};

std::string Computes::why_not(const Uuid& id, const occi::Invocation& wanted) const {
    if (context_.operations.is_awaited(id)) return {};
    const auto seen = look(context_);
    const auto* record = state::find(seen->compute_records, id);
    if (record)
        for (const auto& [phase, why] : not_there)
            if (record->phase == phase) return "compute " + id + " " + why;
    if (state::is_undefined(*seen, id) && wanted.action != context_.model.known().start)
        return "compute " + id + " was " + state::undefined_by_others + ": start or delete it";
    const auto* machine = state::find(seen->machines, id);
    return machine ? service::why_not(wanted, *machine) : std::string();
}

Made Computes::save(const Uuid& id, const occi::Invocation& wanted, const Terms& terms) {
    occi::Entity given;
    given.attributes = wanted.attributes;
    return storages_.save(changeable_machine(id, terms.who),
                          given.string(occi::name::name_of_copy).value_or(""),
                          given.string(occi::name::method) == "deferred", terms);
}

} // namespace service
