// The handlers of the draft's XML: pools, entries, and the STATE words of a PUT.
#include "agent/api/age.hh"
#include "agent/api/api.hh"
#include "agent/api/conditions.hh"
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/filter.hh"
#include "agent/api/forms.hh"
#include "agent/api/query.hh"
#include "agent/api/upload.hh"
#include "agent/api/waiting.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/fingerprint.hh"
#include "agent/occi/names.hh"
#include "agent/render/occi_writer.hh"
#include "agent/render/opennebula_xml.hh"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ranges>

namespace api {
namespace {

namespace opennebula = render::opennebula;

// So long an answer waits for the end of what it began.
constexpr auto patience_for_network = std::chrono::seconds(20), patience_for_disk = std::chrono::seconds(2);

http::Response xml(int status, std::string body) {
    return {status, {}, "application/xml;charset=utf-8", std::move(body)};
}

bool is_libcloud14(const Call& call) { return call.agent.find("OpenNebula (v1.4)") != std::string::npos; }

opennebula::Dialect dialect_of(const Call& call) {
    return is_libcloud14(call) ? opennebula::Dialect::libcloud14 : opennebula::Dialect::draft;
}

bool speaks_occi(const Call& call) { return call.media && call.media->rendering != render::Rendering::xml; }

// Libcloud's driver for release 1.4 takes nothing but 200 for a destroyed node. Clients of OCCI want it, too, and
// something to read.
http::Response gone(const Call& call) {
    if (!speaks_occi(call)) return {is_libcloud14(call) ? 200 : 204, {}, "", ""};
    const bool is_json = call.media->rendering == render::Rendering::json;
    return {200, {}, std::string(call.media->content_type), is_json ? "{}" : "OK"};
}

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
        throw Error(Fault::invalid, "the document has nothing in it that could be changed of compute " + id +
                                        ": that is NAME, STATE, DISKS, and CPU and MEMORY of TYPE custom");
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

// What a PUT says about the machine itself must be what it is: those things cannot be changed here.
void refuse_changes(const opennebula::ComputeRequest& wanted, const occi::Resource& shown,
                    const occi::Model& model) {
    const auto& known = model.known();
    if (wanted.names_template && opennebula::type_of(wanted.resource) != opennebula::type_of(shown))
        throw Error(Fault::forbidden, "TYPE cannot be changed");
    if (!has_open_sizes(shown, model)) refuse_other_sizes(wanted, shown);
    if (wanted.names_networks && !restates(wanted.resource, shown, known.networkinterface))
        throw Error(Fault::forbidden, "NICS cannot be changed");
}

occi::Invocation invocation_of(const opennebula::Verb& verb, const occi::Model& model) {
    occi::Invocation invocation;
    invocation.action = model.action({occi::scheme::compute_action, std::string(verb.action)});
    if (!verb.method.empty()) invocation.attributes[occi::name::method] = std::string(verb.method);
    return invocation;
}

// Two dialects at one URL must not share a strong validator.
std::string_view rendering_of(const Call& call) { return is_libcloud14(call) ? "xml14" : "xml"; }

// The answer to a GET of a pool.
http::Response pool(const Call& call, const occi::Kind& kind, const std::vector<std::string>& ids) {
    auto answer = xml(200, opennebula::write_pool(kind, ids, call.base));
    validate(answer, call.request, etag_of(occi::fingerprint(ids), rendering_of(call)));
    return answer;
}

[[noreturn]] void throw_failure(const state::Operation& ended) { throw Error(ended.fault, ended.message); }

bool has_failed(const state::Operation& operation) {
    return has_ended(operation.stage) && operation.stage != state::Stage::done;
}

// What was made; when it is there no more because its making has failed, that failure.
occi::Resource show_made(const state::Operation& operation, const std::function<occi::Resource()>& show) {
    try {
        return show();
    } catch (const Error& failure) {
        if (failure.fault() == Fault::not_found && has_failed(operation)) throw_failure(operation);
        throw;
    }
}

// Whoever has begun an operation is told which, even when somebody else has deleted the thing since: then without the
// entry.
http::Response unless_deleted(const std::function<http::Response()>& answer) {
    try {
        return answer();
    } catch (const Error& failure) {
        if (failure.fault() != Fault::not_found) throw;
        return {202, {}, "", ""};
    }
}

} // namespace

// ---- what all of them share ----------------------------------------------------------------------------------------

http::Response Api::entity(const Call& call, const std::function<occi::Resource()>& show,
                           const std::function<std::string(const occi::Resource&)>& write) {
    const auto rendering = rendering_of(call);
    const auto key = fmt::format("{} {} {} {}", call.request.path, rendering, call.base, call.who.name);
    const auto written = renderings_.get(key, services_.context.inventory.now(), [&] {
        const auto shown = show();
        return Renderings::Written{write(shown), etag_of(occi::fingerprint(shown), rendering)};
    });
    auto answer = xml(200, written->body);
    answer.headers.emplace_back("Age", std::to_string(age_of(services_.context, call.id).count()));
    validate(answer, call.request, written->etag);
    return answer;
}

// What narrows a collection down binds what is done to one entity, too, unless it says what the entity is to be.
Filter Api::filter_of_one(const Call& call) const {
    const bool removes = call.request.method == http::Method::remove;
    const auto action = word_in(call.request.query, "action");
    if (!removes && (!action || is_in_headers(call.request))) return {};
    return {call.request, vocabulary(call), action.value_or("")};
}

// `show`: what the client's conditions are about.
service::Terms Api::terms_of(const Call& call, const std::function<render::AnyEntity()>& show) const {
    service::Terms terms{call.who, call.key};
    const Condition condition(call.request);
    const auto filter = filter_of_one(call);
    if (condition.is_none() && filter.is_none()) return terms;
    const auto& kind = kind_at(call);
    terms.check = [this, condition, filter, show, &kind, id = call.id, who = call.who] {
        const auto fingerprint = std::visit([](const auto& one) { return occi::fingerprint(one); }, show());
        if (!condition.admits(fingerprint))
            throw Error(Fault::precondition,
                        "it is not what If-Match or If-None-Match asks for: read it again");
        if (!filter.admits(kind) ||
            (filter.looks_inside() && !filter.admits(api::show(services_, kind, id, who))))
            throw Error(Fault::precondition, "it is not what Category and X-OCCI-Attribute ask for");
    };
    terms.check(); // also when nothing is to be changed
    return terms;
}

http::Response Api::accepted(const Call& call, const state::Operation& operation,
                             http::Response answer) const {
    answer.status = 202;
    std::erase_if(answer.headers, [](const auto& header) { return header.first == "Location"; });
    answer.headers.emplace_back("Location", call.base + "/-/operations/" + operation.id);
    if (call.asynchronous) answer.headers.emplace_back("Preference-Applied", "respond-async");
    return answer;
}

http::Response Api::leaving(const Call& call, occi::Resource last,
                            const std::function<std::string(const occi::Resource&)>& write) const {
    last.attributes[occi::name::phase] = "deleting";
    return speaks_occi(call) ? rendered(call, last) : xml(202, write(last));
}

// `last`: what is shown of it while it is being removed.
http::Response Api::removed(const Call& call, const state::Operation& operation, http::Response last,
                            std::chrono::milliseconds patience) {
    if (call.asynchronous) return accepted(call, operation, std::move(last));
    return when_ended(services_.operations, operation.id, patience,
                      [this, call, operation, last](const auto& ended) {
                          if (!ended) return accepted(call, operation, last);
                          if (has_failed(*ended)) throw_failure(*ended);
                          return gone(call);
                      });
}

http::Response Api::created(const Call& call, const render::AnyEntity& entity,
                            const std::function<std::string()>& write_draft) const {
    const auto url = call.base + render::path_of(render::entity_in(entity));
    http::Response answer;
    if (!speaks_occi(call)) {
        answer = xml(201, write_draft());
    } else if (call.media->rendering == render::Rendering::json) {
        answer = rendered(call, entity);
    } else { // clients take from it where it is, and read it there
        const auto written = render::write(call.media->rendering, render::Listing{{url}, {}});
        answer = {201, written->headers, std::string(call.media->content_type), written->body};
    }
    answer.status = 201;
    answer.headers.emplace_back("Location", url);
    return answer;
}

http::Response Api::made(const Call& call, const state::Operation& operation) {
    if (operation.subject == "network") return made_network(call, operation);
    if (operation.subject == "storage") return made_storage(call, operation);
    if (const auto link = services_.links.made_by(operation); !link.empty())
        return made_link(call, {link, operation});
    return made_compute(call, operation);
}

http::Response Api::entry_point(const Call& call) {
    return xml(200, opennebula::write_entry_point(call.base));
}

http::Response Api::instance_types(const Call& call) {
    return xml(200, opennebula::write_instance_types(services_.model, call.base));
}

http::Response Api::instance_type(const Call& call) {
    const auto* type = services_.model.resource_template(call.id);
    if (!type) throw Error(Fault::not_found, "there is no instance type " + text::printable(call.id));
    return xml(200, opennebula::write_instance_type(*type, call.base));
}

// ---- compute -------------------------------------------------------------------------------------------------------

http::Response Api::list_computes(const Call& call) {
    return pool(call, *services_.model.known().compute, services_.computes.list(call.who));
}

http::Response Api::made_compute(const Call& call, const state::Operation& operation) {
    const auto& id = operation.target;
    const auto answer = [&] {
        const auto shown = show_made(operation, [&] { return services_.computes.show(id, call.who); });
        return created(call, shown,
                       [&] { return opennebula::write_compute(shown, call.base, dialect_of(call)); });
    };
    return call.asynchronous ? accepted(call, operation, unless_deleted(answer)) : answer();
}

http::Response Api::create_compute(const Call& call) {
    const auto wanted = opennebula::read_compute(document_of(call.request), services_.model);
    return made_compute(
        call,
        services_.computes.create(wanted.resource, !wanted.names_networks, {call.who, call.key}).operation);
}

bool Api::is_there(const Uuid& compute) const {
    const auto seen = services_.context.inventory.now();
    return seen->machines.contains(compute) || seen->compute_records.contains(compute) ||
           services_.operations.holder(compute);
}

// PUT with If-None-Match: * creates, under the id that the client has chosen.
http::Response Api::create_as(const Call& call) {
    if (!is_uuid(call.id))
        throw Error(Fault::invalid, "\"" + text::printable(call.id) + "\" is no UUID in lower case");
    const auto create = [this](const Call& each) {
        const auto wanted = opennebula::read_compute(document_of(each.request), services_.model);
        return made_compute(
            each,
            services_.computes.create(wanted.resource, !wanted.names_networks, {each.who, each.key}, each.id)
                .operation);
    };
    return once(call, create, true);
}

http::Response Api::show_compute(const Call& call) {
    return entity(
        call, [&] { return services_.computes.show(call.id, call.who); },
        [&](const occi::Resource& shown) {
            return opennebula::write_compute(shown, call.base, dialect_of(call));
        });
}

http::Response Api::change_compute(const Call& call) {
    if (Condition(call.request).wants_absence()) return create_as(call);
    auto wanted = opennebula::read_compute(document_of(call.request), services_.model);
    const auto shown = services_.computes.show(call.id, call.who);
    refuse_mistakes(wanted, call.id);
    refuse_changes(wanted, shown, services_.model);
    // A client that wants other sizes need not say again what its TYPE is.
    if (has_open_sizes(shown, services_.model))
        wanted.resource.attributes.merge(opennebula::read_sizes(wanted));

    const auto* verb = wanted.state ? opennebula::find_verb(*wanted.state) : nullptr;
    const auto now = opennebula::state_of(shown);
    if (wanted.state && !verb && !opennebula::is_state(*wanted.state))
        throw Error(Fault::invalid, "STATE \"" + text::printable(*wanted.state) + "\" is unknown");
    // A client that sends back what it read asks for nothing.
    const bool busy = services_.operations.holder(call.id).has_value();
    if (wanted.state && !verb && !busy && !text::same(*wanted.state, now) &&
        !text::same(*wanted.state, "PENDING"))
        throw Error(Fault::forbidden, "compute " + call.id + " is " + std::string(now) +
                                          " and does not become " + text::upper(*wanted.state) +
                                          " by that word: RESUME makes it run");
    const bool moves = verb && (busy || !text::same(*wanted.state, now));
    const auto invocation =
        moves && !verb->action.empty() ? std::optional(invocation_of(*verb, services_.model)) : std::nullopt;
    if (const auto why = invocation ? services_.computes.why_not(call.id, *invocation) : ""; !why.empty())
        throw Error(Fault::forbidden, "the STATE of compute " + call.id + " cannot be changed from " +
                                          std::string(now) + " to " + std::string(verb->word) + ": " + why);

    auto terms =
        terms_of(call, [this, id = call.id, who = call.who] { return services_.computes.show(id, who); });
    std::optional<state::Operation> begun;
    const auto note = [&](std::optional<state::Operation> operation) {
        if (!operation) return;
        begun = std::move(operation);
        terms.check = {}; // what this very request has begun is no stranger's
    };
    occi::Resource changed; // NAME, and the sizes of a custom machine
    for (const auto* attribute : {occi::name::title, occi::name::cores, occi::name::memory})
        if (const auto given = wanted.resource.attributes.find(attribute);
            given != wanted.resource.attributes.end())
            changed.attributes.insert(*given);
    if (!changed.attributes.empty()) note(services_.computes.update(call.id, changed, terms));
    if (wanted.names_disks && !restates(wanted.resource, shown, services_.model.known().storagelink)) {
        std::vector<occi::Link> disks;
        for (const auto& link : wanted.resource.links)
            if (link.kind == services_.model.known().storagelink) disks.push_back(link);
        note(services_.computes.change_disks(call.id, disks, terms));
    }
    if (moves && verb->action.empty()) {
        const auto removal = services_.computes.remove(call.id, terms);
        auto last = shown;
        last.attributes[occi::name::phase] = "deleting";
        return accepted(call, removal,
                        xml(202, opennebula::write_compute(last, call.base, dialect_of(call))));
    }
    if (invocation) note(services_.computes.invoke(call.id, *invocation, terms));
    const auto answer = [&] {
        return xml(200, opennebula::write_compute(services_.computes.show(call.id, call.who), call.base,
                                                  dialect_of(call)));
    };
    return begun ? accepted(call, *begun, unless_deleted(answer)) : answer();
}

http::Response Api::remove_compute(const Call& call) {
    const auto show = [this, id = call.id, who = call.who] { return services_.computes.show(id, who); };
    const auto last = leaving(call, show(), [&](const occi::Resource& shown) {
        return opennebula::write_compute(shown, call.base, dialect_of(call));
    });
    return removed(call, services_.computes.remove(call.id, terms_of(call, show)), last);
}

// ---- network -------------------------------------------------------------------------------------------------------

http::Response Api::list_networks(const Call& call) {
    return pool(call, *services_.model.known().network, services_.networks.list(call.who));
}

http::Response Api::made_network(const Call& call, const state::Operation& operation) {
    if (call.asynchronous) return accepted(call, operation, {202, {}, "", ""});
    return when_ended(
        services_.operations, operation.id, patience_for_network, [this, call, operation](const auto& ended) {
            if (!ended) return accepted(call, operation, {202, {}, "", ""});
            if (has_failed(*ended)) throw_failure(*ended);
            const auto shown = services_.networks.show(operation.target, call.who);
            return created(call, shown, [&] { return opennebula::write_network(shown, call.base); });
        });
}

http::Response Api::create_network(const Call& call) {
    const auto wanted = opennebula::read_network(document_of(call.request), services_.model);
    return made_network(call, services_.networks.create(wanted, {call.who, call.key}).operation);
}

http::Response Api::show_network(const Call& call) {
    return entity(
        call, [&] { return services_.networks.show(call.id, call.who); },
        [&](const occi::Resource& shown) { return opennebula::write_network(shown, call.base); });
}

http::Response Api::remove_network(const Call& call) {
    const auto show = [this, id = call.id, who = call.who] { return services_.networks.show(id, who); };
    const auto last = leaving(call, show(), [&](const occi::Resource& shown) {
        return opennebula::write_network(shown, call.base);
    });
    return removed(call, services_.networks.remove(call.id, terms_of(call, show)), last);
}

// ---- storage -------------------------------------------------------------------------------------------------------

http::Response Api::list_storages(const Call& call) {
    return pool(call, *services_.model.known().storage, services_.storages.list(call.who));
}

http::Response Api::made_storage(const Call& call, const state::Operation& operation) {
    const auto answer = [this, call](const state::Operation& now) {
        const auto shown = show_made(now, [&] { return services_.storages.show(now.target, call.who); });
        return created(call, shown, [&] { return opennebula::write_storage(shown, call.base); });
    };
    if (call.asynchronous) return accepted(call, operation, answer(operation));
    if (operation.kind == "import storage") return answer(operation); // a copy takes as long as it takes
    return when_ended(services_.operations, operation.id, patience_for_disk,
                      [answer, operation](const auto& ended) { return answer(ended.value_or(operation)); });
}

std::shared_ptr<http::BodySink> Api::receive_storage(const http::Head& head) {
    if (!is_multipart(head.header("Content-Type").value_or(""))) return nullptr;
    return std::make_shared<Upload>(services_.storages, head);
}

http::Response Api::create_storage(const Call& call) {
    if (const auto upload = std::dynamic_pointer_cast<Upload>(call.request.sink)) {
        auto received = upload->release();
        const auto wanted = opennebula::read_storage(received.document, services_.model);
        const service::Terms terms{call.who, call.key};
        return made_storage(call, (received.image.bytes
                                       ? services_.storages.create(std::move(received.image), wanted, terms)
                                       : services_.storages.create(wanted, terms))
                                      .operation);
    }
    const auto wanted = opennebula::read_storage(document_of(call.request), services_.model);
    return made_storage(call, services_.storages.create(wanted, {call.who, call.key}).operation);
}

http::Response Api::show_storage(const Call& call) {
    return entity(
        call, [&] { return services_.storages.show(call.id, call.who); },
        [&](const occi::Resource& shown) { return opennebula::write_storage(shown, call.base); });
}

http::Response Api::remove_storage(const Call& call) {
    const auto show = [this, id = call.id, who = call.who] { return services_.storages.show(id, who); };
    const auto last = leaving(call, show(), [&](const occi::Resource& shown) {
        return opennebula::write_storage(shown, call.base);
    });
    return removed(call, services_.storages.remove(call.id, terms_of(call, show)), last);
}

} // namespace api
