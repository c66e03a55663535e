// OpenNebula's COMPUTEs; what a PUT changes of one is in opennebula_change.cc. DELETE is OCCI's, too.
#include "agent/api/answers.hh"
#include "agent/api/clients.hh"
#include "agent/api/entities.hh"
#include "agent/api/exactly_once.hh"
#include "agent/api/forms.hh"
#include "agent/api/handlers.hh"
#include "agent/api/made.hh"
#include "agent/api/opennebula.hh"
#include "agent/api/terms.hh"
#include "agent/api/values.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/render/opennebula_xml.hh"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace api {
namespace {

auto reader_of(const Call& call) {
    return
        [&computes = call.services.computes, id = call.id, who = call.who] { return computes.show(id, who); };
}

namespace opennebula = render::opennebula;

// CPU and MEMORY beside a type that has them itself may only say the same.
void refuse_other_sizes(const occi::Attributes& sizes, const occi::Mixin& type) {
    constexpr std::array<std::pair<const char*, const char*>, 2> elements{
        {{occi::name::cores, "CPU"}, {occi::name::memory, "MEMORY"}}};
    for (const auto& [attribute, element] : elements) {
        const auto wish = sizes.find(attribute);
        const auto has = std::ranges::find(type.attributes, attribute, &occi::AttributeSpec::name);
        if (wish == sizes.end() || has == type.attributes.end() || !has->fallback) continue;
        if (!is_same(wish->second, *has->fallback))
            throw Error(Fault::invalid, std::string(element) + " is not what TYPE " + type.id.term +
                                            " has: leave it out, or name TYPE custom");
    }
}

void settle_sizes(opennebula::ComputeRequest& wanted, const occi::Model& model) {
    auto sizes = opennebula::read_sizes(wanted);
    const auto* type = model.resource_template(opennebula::type_of(wanted.resource));
    if (wanted.names_template && type && !opennebula::leaves_sizes_open(*type))
        refuse_other_sizes(sizes, *type);
    else
        wanted.resource.attributes.merge(sizes);
}

// ADDRESS of the network that a NIC is on, sent back as the IP of the NIC.
void forget_addresses_of_networks(const Call& call, occi::Resource& wanted) {
    const auto& network = *call.services.model.known().network;
    for (auto& link : wanted.links) {
        if (link.target_kind != &network) continue;
        const auto shown =
            find(call.services, network, std::string(text::last_segment(link.target)), call.who);
        const auto block =
            shown ? render::entity_in(*shown).string(occi::name::network_address) : std::nullopt;
        if (block && link.string(occi::name::nic_address) == block->substr(0, block->find('/')))
            link.attributes.erase(occi::name::nic_address);
    }
}

http::Response create(const Call& call, const Uuid& wanted_id) {
    auto wanted =
        opennebula::read_compute(document_of(call.request, call.passed_over.get()), call.services.model,
                                 render::Purpose::creation, call.passed_over.get());
    settle_sizes(wanted, call.services.model);
    if (has_need(call.request, Need::any_address)) forget_addresses_of_networks(call, wanted.resource);
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
