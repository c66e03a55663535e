// OpenNebula's COMPUTEs; what a PUT changes of one is in opennebula_change.cc. DELETE is OCCI's, too.
#include "agent/api/answers.hh"
#include "agent/api/entities.hh"
#include "agent/api/exactly_once.hh"
#include "agent/api/forms.hh"
#include "agent/api/handlers.hh"
#include "agent/api/made.hh"
#include "agent/api/opennebula.hh"
#include "agent/api/terms.hh"
#include "agent/render/opennebula_xml.hh"

namespace api {
namespace {

auto reader_of(const Call& call) {
    return
        [&computes = call.services.computes, id = call.id, who = call.who] { return computes.show(id, who); };
}

http::Response create(const Call& call, const Uuid& wanted_id) {
    const auto wanted = render::opennebula::read_compute(document_of(call.request), call.services.model);
    const auto begun = call.services.computes.create(wanted.resource, !wanted.names_networks,
                                                     {call.who, call.key}, wanted_id);
    return made(call, begun.operation);
}

} // namespace

http::Response list_computes(const Call& call) {
    return opennebula_pool(call, *call.services.model.known().compute, call.services.computes.list(call.who));
}

http::Response create_compute(const Call& call) { return create(call, {}); }

http::Response create_compute_as(const Call& call) {
    require_uuid(call.id);
    return once(
        call, [](const Call& each) { return create(each, each.id); }, By::uri);
}

http::Response show_compute(const Call& call) { return opennebula_entity(call, reader_of(call)); }

http::Response remove_compute(const Call& call) {
    const auto read = reader_of(call);
    const auto last = leaving(call, read());
    return removed(call, call.services.computes.remove(call.id, terms_of(call, read)), last);
}

} // namespace api
