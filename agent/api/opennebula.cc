#include "agent/api/opennebula.hh"

#include "agent/api/age.hh"
#include "agent/api/clients.hh"
#include "agent/api/conditions.hh"
#include "agent/api/handlers.hh"
#include "agent/api/renderings.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/fingerprint.hh"
#include "agent/render/opennebula_xml.hh"

#include <fmt/format.h>

namespace api {
namespace {

namespace opennebula = render::opennebula;

std::string write(const Call& call, const occi::Resource& shown) {
    const auto& known = call.services.model.known();
    if (shown.kind == known.network) return opennebula::write_network(shown, call.base);
    if (shown.kind == known.storage) return opennebula::write_storage(shown, call.base);
    using enum opennebula::Dialect;
    return opennebula::write_compute(shown, call.base,
                                     has_need(call.request, Need::opennebula_14) ? libcloud14 : draft);
}

// Two dialects at one URL must not share a strong validator.
std::string_view tag_of(const Call& call) {
    return has_need(call.request, Need::opennebula_14) ? "xml14" : "xml";
}

} // namespace

http::Response xml(int status, std::string body) {
    return {status, {}, "application/xml;charset=utf-8", std::move(body)};
}

http::Response opennebula_answer(const Call& call, const occi::Resource& shown) {
    return xml(200, write(call, shown));
}

http::Response opennebula_pool(const Call& call, const occi::Kind& kind,
                               const std::vector<std::string>& ids) {
    auto answer = xml(200, opennebula::write_pool(kind, ids, call.base));
    validate(answer, call.request, etag_of(occi::fingerprint(ids), tag_of(call)));
    return answer;
}

http::Response opennebula_entity(const Call& call, const std::function<occi::Resource()>& show) {
    const auto& context = call.services.context;
    const auto tag = tag_of(call);
    const auto key = fmt::format("{} {} {} {}", call.request.path, tag, call.base, call.who.key());
    const auto written = call.services.renderings.get(key, context.inventory.now(), [&] {
        const auto shown = show();
        return Renderings::Written{write(call, shown), etag_of(occi::fingerprint(shown), tag)};
    });
    auto answer = xml(200, written->body);
    answer.headers.emplace_back("Age", std::to_string(age_of(context, call.id).count()));
    validate(answer, call.request, written->etag);
    return answer;
}

// ---- what is the same for everybody --------------------------------------------------------------------------------

http::Response show_entry_point(const Call& call) {
    return xml(200, opennebula::write_entry_point(call.base));
}

http::Response list_instance_types(const Call& call) {
    return xml(200, opennebula::write_instance_types(call.services.model, call.base));
}

http::Response show_instance_type(const Call& call) {
    const auto* type = call.services.model.resource_template(call.id);
    if (!type) throw Error(Fault::not_found, "there is no instance type " + text::printable(call.id));
    return xml(200, opennebula::write_instance_type(*type, call.base));
}

} // namespace api
