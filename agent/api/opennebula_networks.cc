// OpenNebula's NETWORKs. DELETE is OCCI's, too.
#include "agent/api/answers.hh"
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
        [&networks = call.services.networks, id = call.id, who = call.who] { return networks.show(id, who); };
}

} // namespace

http::Response list_networks(const Call& call) {
    return opennebula_pool(call, *call.services.model.known().network, call.services.networks.list(call.who));
}

http::Response create_network(const Call& call) {
    const auto wanted = render::opennebula::read_network(document_of(call.request, call.passed_over.get()),
                                                         call.services.model, call.passed_over.get());
    return made(call, call.services.networks.create(wanted, {call.who, call.key}).operation);
}

http::Response show_network(const Call& call) { return opennebula_entity(call, reader_of(call)); }

http::Response remove_network(const Call& call) {
    const auto read = reader_of(call);
    const auto last = leaving(call, read());
    return removed(call, call.services.networks.remove(call.id, terms_of(call, read)), last);
}

} // namespace api
