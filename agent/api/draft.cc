// The handlers of the draft's XML: pools, entries, and the STATE words of a PUT.
#include "agent/api/api.hh"
#include "agent/api/forms.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/render/opennebula_xml.hh"

#include <algorithm>
#include <chrono>
#include <ranges>

namespace api {
namespace {

namespace draft = render::draft;

constexpr auto patience = std::chrono::seconds(5); // a DELETE waits so long for all to be gone

http::Response xml(int status, std::string body) {
    return {status, {}, "application/xml;charset=utf-8", std::move(body)};
}

http::Response created(std::string location, std::string body) {
    auto answer = xml(201, std::move(body));
    answer.headers.emplace_back("Location", std::move(location));
    return answer;
}

std::string user_agent(const Call& call) {
    return std::string(call.request.header("User-Agent").value_or(""));
}

bool is_libcloud14(const Call& call) {
    return user_agent(call).find("OpenNebula (v1.4)") != std::string::npos;
}

draft::Dialect dialect_of(const Call& call) {
    return is_libcloud14(call) ? draft::Dialect::libcloud14 : draft::Dialect::draft;
}

// Libcloud's driver for release 1.4 takes nothing but 200 for a destroyed node.
http::Response gone(int status = 204) { return {status, {}, "", ""}; }

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

// What a PUT says about the machine itself must be what it is: those things cannot be changed here.
void refuse_changes(const draft::ComputeRequest& wanted, const occi::Resource& shown,
                    const occi::Model& model) {
    const auto& known = model.known();
    if (wanted.names_template && !std::ranges::equal(wanted.resource.mixins, shown.mixins))
        throw Error(Fault::forbidden, "TYPE cannot be changed");
    if (wanted.names_disks && !restates(wanted.resource, shown, known.storagelink))
        throw Error(Fault::forbidden, "DISKS cannot be changed");
    if (wanted.names_networks && !restates(wanted.resource, shown, known.networkinterface))
        throw Error(Fault::forbidden, "NICS cannot be changed");
}

} // namespace

http::Response Api::entry_point(const Call& call) { return xml(200, draft::write_entry_point(call.base)); }

http::Response Api::instance_types(const Call& call) {
    return xml(200, draft::write_instance_types(services_.model, call.base));
}

http::Response Api::instance_type(const Call& call) {
    const auto* type = services_.model.resource_template(call.id);
    if (!type) throw Error(Fault::not_found, "there is no instance type " + text::printable(call.id));
    return xml(200, draft::write_instance_type(*type, call.base));
}

// ---- compute -------------------------------------------------------------------------------------------------------

http::Response Api::list_computes(const Call& call) {
    return xml(200, draft::write_pool(*services_.model.known().compute, services_.computes.list(call.who),
                                      call.base));
}

http::Response Api::create_compute(const Call& call) {
    const auto wanted = draft::read_compute(document_of(call.request), services_.model);
    const auto id = services_.computes.create(wanted.resource, !wanted.names_networks, call.who);
    return created(call.base + "/compute/" + id,
                   draft::write_compute(services_.computes.show(id, call.who), call.base, dialect_of(call)));
}

http::Response Api::show_compute(const Call& call) {
    return xml(200,
               draft::write_compute(services_.computes.show(call.id, call.who), call.base, dialect_of(call)));
}

http::Response Api::change_compute(const Call& call) {
    const auto wanted = draft::read_compute(document_of(call.request), services_.model);
    const auto shown = services_.computes.show(call.id, call.who);
    refuse_changes(wanted, shown, services_.model);

    const auto* verb = wanted.state ? draft::find_verb(*wanted.state) : nullptr;
    const auto now = draft::state_of(shown);
    if (wanted.state && !verb && !draft::is_state(*wanted.state))
        throw Error(Fault::invalid, "STATE \"" + text::printable(*wanted.state) + "\" is unknown");
    // A client that sends back what it read asks for nothing.
    const bool moves = verb && !text::same(*wanted.state, now);
    if (moves && !verb->allowed.empty() && std::ranges::find(verb->allowed, now) == verb->allowed.end())
        throw Error(Fault::forbidden, "the STATE of compute " + call.id + " cannot be changed from " +
                                          std::string(now) + " to " + std::string(verb->word));

    bool begun = false;
    if (const auto title = wanted.resource.string(occi::name::title))
        begun = services_.computes.retitle(call.id, *title, call.who);
    if (moves && verb->action.empty()) {
        services_.computes.remove(call.id, call.who, std::chrono::milliseconds(0));
        auto last = shown;
        last.attributes[occi::name::phase] = "deleting";
        return xml(202, draft::write_compute(last, call.base, dialect_of(call)));
    }
    if (moves) {
        occi::Invocation invocation;
        invocation.action = services_.model.action({occi::scheme::compute_action, std::string(verb->action)});
        if (!verb->method.empty()) invocation.attributes[occi::name::method] = std::string(verb->method);
        begun = services_.computes.invoke(call.id, invocation, call.who) || begun;
    }
    return xml(begun ? 202 : 200,
               draft::write_compute(services_.computes.show(call.id, call.who), call.base, dialect_of(call)));
}

http::Response Api::remove_compute(const Call& call) {
    const auto before = services_.computes.show(call.id, call.who);
    if (services_.computes.remove(call.id, call.who, patience)) return gone(is_libcloud14(call) ? 200 : 204);
    auto last = before;
    last.attributes[occi::name::phase] = "deleting";
    return xml(202, draft::write_compute(last, call.base, dialect_of(call)));
}

// ---- network -------------------------------------------------------------------------------------------------------

http::Response Api::list_networks(const Call& call) {
    return xml(200, draft::write_pool(*services_.model.known().network, services_.networks.list(call.who),
                                      call.base));
}

http::Response Api::create_network(const Call& call) {
    const auto id =
        services_.networks.create(draft::read_network(document_of(call.request), services_.model), call.who);
    return created(call.base + "/network/" + id,
                   draft::write_network(services_.networks.show(id, call.who), call.base));
}

http::Response Api::show_network(const Call& call) {
    return xml(200, draft::write_network(services_.networks.show(call.id, call.who), call.base));
}

http::Response Api::remove_network(const Call& call) {
    services_.networks.remove(call.id, call.who);
    return gone();
}

// ---- storage -------------------------------------------------------------------------------------------------------

http::Response Api::list_storages(const Call& call) {
    return xml(200, draft::write_pool(*services_.model.known().storage, services_.storages.list(call.who),
                                      call.base));
}

http::Response Api::create_storage(const Call& call) {
    const auto id =
        services_.storages.create(draft::read_storage(document_of(call.request), services_.model), call.who);
    return created(call.base + "/storage/" + id,
                   draft::write_storage(services_.storages.show(id, call.who), call.base));
}

http::Response Api::show_storage(const Call& call) {
    return xml(200, draft::write_storage(services_.storages.show(call.id, call.who), call.base));
}

http::Response Api::remove_storage(const Call& call) {
    const auto before = services_.storages.show(call.id, call.who);
    if (services_.storages.remove(call.id, call.who, patience)) return gone();
    auto last = before;
    last.attributes[occi::name::phase] = "deleting";
    return xml(202, draft::write_storage(last, call.base));
}

} // namespace api
