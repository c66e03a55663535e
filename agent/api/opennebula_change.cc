// PUT of a COMPUTE: its NAME, sizes and DISKS, and the STATE that it is to be in.
#include "agent/api/answers.hh"
#include "agent/api/conditions.hh"
#include "agent/api/forms.hh"
#include "agent/api/handlers.hh"
#include "agent/api/opennebula.hh"
#include "agent/api/terms.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/render/opennebula_xml.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <ranges>

namespace api {
namespace {

namespace opennebula = render::opennebula;

// Whether a link of a request says nothing else than what is.
bool restates(const occi::Link& wanted, const occi::Link& shown) {
    return wanted.target == shown.target &&
           std::ranges::all_of(wanted.attributes, [&](const auto& attribute) {
               const auto is = shown.attributes.find(attribute.first);
               return is == shown.attributes.end() || is->second == attribute.second;
           });
}

bool restates(const occi::Resource& wanted, const occi::Resource& shown, const occi::Kind* kind) {
    const auto of_kind = std::views::filter([&](const occi::Link& link) { return link.kind == kind; });
    return std::ranges::equal(wanted.links | of_kind, shown.links | of_kind,
                              [](const auto& one, const auto& other) { return restates(one, other); });
}

// A document that is of another machine, or of nothing that is known here, is a mistake: to do what little of it could
// be done would hide that.
void refuse_mistakes(const opennebula::ComputeRequest& wanted, const Uuid& id) {
    for (const auto& named : wanted.ids)
        if (named != id)
            throw Error(Fault::invalid, "the document is of compute " + text::printable(named) +
                                            " and the URL names compute " + id);
    if (wanted.is_strange)
        throw Error(Fault::invalid,
                    "the document has nothing in it that could be changed of compute " + id +
                        ": that is NAME, STATE, DISKS, CONTEXT, and CPU and MEMORY of TYPE custom");
}

bool has_open_sizes(const occi::Resource& shown, const occi::Model& model) {
    const auto* type = model.resource_template(opennebula::type_of(shown));
    return !type || opennebula::leaves_sizes_open(*type); // what others made may be of no type
}

// Those of a type that has them fixed may come back, and as they are.
void refuse_other_sizes(const opennebula::ComputeRequest& wanted, const occi::Resource& shown) {
    const auto sizes = opennebula::read_sizes(wanted);
    const auto type = std::string(opennebula::type_of(shown));
    if (const auto cores = sizes.find(occi::name::cores); cores != sizes.end())
        if (const auto has = shown.integer(occi::name::cores); has != std::get<std::int64_t>(cores->second))
            throw Error(Fault::forbidden,
                        fmt::format("CPU cannot be changed: compute {} is of TYPE {} and has {}", shown.id,
                                    type, has.value_or(0)));
    if (const auto memory = sizes.find(occi::name::memory); memory != sizes.end()) {
        // In MB and rounded up, as sizes are shown.
        const auto has = std::ceil(1024 * shown.number(occi::name::memory).value_or(0));
        if (has != 1024 * std::get<double>(memory->second))
            throw Error(Fault::forbidden,
                        fmt::format("MEMORY cannot be changed: compute {} is of TYPE {} and has {:.0f} MB",
                                    shown.id, type, has));
    }
}

// A disk keeps its device for as long as it is there: one of a storage that has as many disks already is none of them.
void refuse_other_devices(const occi::Resource& wanted, const occi::Resource& shown) {
    const auto is_like = [](const occi::Link& one) {
        return [&](const occi::Link& other) { return one.kind == other.kind && one.target == other.target; };
    };
    for (const auto& disk : wanted.links) {
        const auto device = disk.string(occi::name::deviceid);
        if (!device) continue;
        const auto has_device = [&](const occi::Link& link) {
            return is_like(disk)(link) && link.string(occi::name::deviceid) == device;
        };
        if (std::ranges::none_of(shown.links, has_device) &&
            std::ranges::count_if(wanted.links, is_like(disk)) <=
                std::ranges::count_if(shown.links, is_like(disk)))
            throw Error(Fault::forbidden, "the dev of a disk cannot be changed to " +
                                              std::string(text::last_segment(*device)) +
                                              ": detach the disk, and attach it again");
    }
}

// What a PUT says about the machine itself must be what it is: those things cannot be changed here.
void refuse_changes(const opennebula::ComputeRequest& wanted, const occi::Resource& shown,
                    const occi::Model& model) {
    const auto& known = model.known();
    if (wanted.names_template && opennebula::type_of(wanted.resource) != opennebula::type_of(shown))
        throw Error(Fault::forbidden, "TYPE cannot be changed");
    if (!has_open_sizes(shown, model)) refuse_other_sizes(wanted, shown);
    if (wanted.names_networks && !restates(wanted.resource, shown, known.networkinterface))
        throw Error(Fault::forbidden, "NICS cannot be changed");
    refuse_other_devices(wanted.resource, shown);
}

occi::Invocation invocation_of(const opennebula::Verb& verb, const occi::Model& model) {
    occi::Invocation invocation;
    invocation.action = model.action({occi::scheme::compute_action, std::string(verb.action)});
    if (!verb.method.empty()) invocation.attributes[occi::name::method] = std::string(verb.method);
    return invocation;
}

// What the STATE of a PUT asks for.
struct Move {
    bool deletes = false;
    std::optional<occi::Invocation> invocation{};
};

// The words that lead somewhere from here: "RESUME, REBOOT, DONE".
std::string words_for(const Call& call) {
    std::string all;
    for (const auto& verb : opennebula::verbs()) {
        const bool is_open =
            verb.action.empty() ||
            call.services.computes.why_not(call.id, invocation_of(verb, call.services.model)).empty();
        if (is_open) all.append(all.empty() ? "" : ", ").append(verb.word);
    }
    return all;
}

// A word that asks for nothing, and is not what a client that sends back what it read would send.
[[noreturn]] void refuse_state(const Call& call, const std::string& state, std::string_view now) {
    const auto remedy = ": it may be set to " + words_for(call);
    if (!opennebula::is_state(state))
        throw Error(Fault::invalid, "STATE \"" + text::printable(state) + "\" is unknown" + remedy);
    throw Error(Fault::forbidden, "the STATE of compute " + call.id + " cannot be changed from " +
                                      std::string(now) + " to " + text::upper(state) + remedy);
}

void require_possible(const Call& call, const opennebula::Verb& verb, const occi::Invocation& invocation,
                      std::string_view now) {
    if (const auto why = call.services.computes.why_not(call.id, invocation); !why.empty())
        throw Error(Fault::forbidden, "the STATE of compute " + call.id + " cannot be changed from " +
                                          std::string(now) + " to " + std::string(verb.word) + ": " + why);
}

Move move_in(const Call& call, const opennebula::ComputeRequest& wanted, const occi::Resource& shown) {
    if (!wanted.state) return {};
    const auto now = opennebula::state_of(shown);
    const auto* verb = opennebula::find_verb(*wanted.state);
    const bool is_so = text::same(*wanted.state, now);
    if (!verb && !is_so) refuse_state(call, *wanted.state, now);
    // What is shown while something is under way may be over before a word for it has its turn.
    if (is_so && (!verb || !call.services.operations.is_awaited(call.id))) return {};
    if (verb->action.empty()) return {true};
    auto invocation = invocation_of(*verb, call.services.model);
    require_possible(call, *verb, invocation, now);
    return {false, std::move(invocation)};
}

// NAME, CONTEXT, and the sizes of a machine that has its own.
occi::Resource attributes_in(const opennebula::ComputeRequest& wanted, bool has_open_sizes,
                             const occi::Model& model) {
    auto attributes = wanted.resource.attributes;
    // A client that wants other sizes need not say again what its TYPE is.
    if (has_open_sizes) attributes.merge(opennebula::read_sizes(wanted));
    occi::Resource changed;
    for (const auto* name : {occi::name::title, occi::name::cores, occi::name::memory, occi::name::hostname,
                             occi::name::ssh_key, occi::name::user_data})
        if (const auto given = attributes.find(name); given != attributes.end())
            changed.attributes.insert(*given);
    for (const auto& mixin : wanted.resource.mixins)
        if (mixin.get() == model.known().ssh_key || mixin.get() == model.known().user_data)
            changed.mixins.push_back(mixin);
    return changed;
}

std::vector<occi::Link> disks_in(const occi::Resource& wanted, const occi::Model& model) {
    std::vector<occi::Link> disks;
    for (const auto& link : wanted.links)
        if (link.kind == model.known().storagelink) disks.push_back(link);
    return disks;
}

http::Response deleted(const Call& call, occi::Resource last, const service::Terms& terms) {
    const auto removal = call.services.computes.remove(call.id, terms);
    last.attributes[occi::name::phase] = "deleting";
    return accepted(call, removal, opennebula_answer(call, last));
}

} // namespace

http::Response change_compute(const Call& call) {
    if (Condition(call.request).wants_absence()) return create_compute_as(call);
    auto& computes = call.services.computes;
    const auto& model = call.services.model;
    const auto wanted = opennebula::read_compute(document_of(call.request, call.passed_over.get()), model,
                                                 render::Purpose::change, call.passed_over.get());
    const auto read = [&computes, id = call.id, who = call.who] { return computes.show(id, who); };
    const auto shown = read();
    refuse_mistakes(wanted, call.id);
    refuse_changes(wanted, shown, model);
    const auto changed = attributes_in(wanted, has_open_sizes(shown, model), model);
    const auto move = move_in(call, wanted, shown);

    auto terms = terms_of(call, read);
    // Worked out before anything is begun: all or none.
    std::optional<service::PlannedChange> disks;
    if (wanted.names_disks && !restates(wanted.resource, shown, model.known().storagelink))
        disks.emplace(computes.plan_disks(call.id, disks_in(wanted.resource, model), call.who));

    std::optional<state::Operation> begun;
    const auto note = [&](std::optional<state::Operation> operation) {
        if (!operation) return;
        begun = std::move(operation);
        terms.check = {}; // what this very request has begun is no stranger's
    };
    if (!changed.attributes.empty()) note(computes.update(call.id, changed, terms));
    if (disks) note(computes.change_disks(call.id, *disks, terms));
    if (move.deletes) return deleted(call, shown, terms);
    if (move.invocation) note(computes.invoke(call.id, *move.invocation, terms));
    const auto answer = [&] { return opennebula_answer(call, read()); };
    return begun ? accepted(call, *begun, unless_deleted(answer)) : answer();
}

} // namespace api
