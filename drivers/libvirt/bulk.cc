#include "drivers/libvirt/bulk.hh"

#include <array>
#include <cstdlib>
#include <set>
#include <span>

namespace hv::libvirt {
namespace {

// A virConnectListAll... call returns an array, to be freed like each object in it.
template <class Object, auto list_all, auto release>
std::vector<Handle<Object, release>> list(virConnectPtr connect, unsigned flags, const std::string& doing) {
    Object** raw = nullptr;
    const int count = list_all(connect, &raw, flags);
    if (count < 0) throw last_error(doing);
    const Handle<Object*, std::free> array(raw);
    std::vector<Handle<Object, release>> objects;
    objects.reserve(static_cast<std::size_t>(count));
    for (auto* object : std::span(raw, static_cast<std::size_t>(count))) objects.emplace_back(object);
    return objects;
}

using Records = Handle<virDomainStatsRecordPtr, virDomainStatsRecordListFree>;

int number(const virDomainStatsRecord& record, const char* name) noexcept {
    int value = 0;
    virTypedParamsGetInt(record.params, record.nparams, name, &value);
    return value;
}

template <auto get_text, class Object> Uuid read_id(Object* object) {
    std::array<char, VIR_UUID_STRING_BUFLEN> text{};
    if (get_text(object, text.data()) < 0) throw last_error("read a UUID");
    return text.data();
}

} // namespace

Uuid id_of(virDomainPtr domain) { return read_id<virDomainGetUUIDString>(domain); }
Uuid id_of(virNetworkPtr network) { return read_id<virNetworkGetUUIDString>(network); }
Uuid id_of(virStoragePoolPtr pool) { return read_id<virStoragePoolGetUUIDString>(pool); }

std::vector<Glance> glance_at_all(virConnectPtr connect) {
    const std::string doing = "list the domains";
    virDomainStatsRecordPtr* raw = nullptr;
    const int count = virConnectGetAllDomainStats(connect, VIR_DOMAIN_STATS_STATE, &raw,
                                                  VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
    if (count < 0) throw last_error(doing);
    const Records records(raw);

    std::set<Uuid> saved;
    for (const auto& domain : list<virDomain, virConnectListAllDomains, virDomainFree>(
             connect, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE, doing))
        saved.insert(id_of(domain.get()));

    std::vector<Glance> glances;
    glances.reserve(static_cast<std::size_t>(count));
    for (const auto* record : std::span(raw, static_cast<std::size_t>(count))) {
        if (virDomainRef(record->dom) < 0) throw last_error(doing);
        Domain domain(record->dom);
        const bool has_saved_memory = saved.contains(id_of(domain.get()));
        glances.push_back({std::move(domain), number(*record, "state.state"), number(*record, "state.reason"),
                           has_saved_memory});
    }
    return glances;
}

Glance glance_at(Domain domain, const std::string& doing) {
    Glance glance;
    if (virDomainGetState(domain.get(), &glance.state, &glance.reason, 0) < 0) throw last_error(doing);
    if (glance.state == VIR_DOMAIN_SHUTOFF) glance.has_saved_memory = has_saved_memory(domain.get(), doing);
    glance.domain = std::move(domain);
    return glance;
}

bool has_saved_memory(virDomainPtr domain, const std::string& doing) {
    const int saved = virDomainHasManagedSaveImage(domain, 0);
    if (saved < 0 && last_code() != VIR_ERR_NO_SUPPORT) throw last_error(doing);
    return saved > 0;
}

Domain look_up(virConnectPtr connect, const Uuid& id, const std::string& doing) {
    Domain domain(virDomainLookupByUUIDString(connect, id.c_str()));
    if (!domain && last_code() != VIR_ERR_NO_DOMAIN) throw last_error(doing);
    return domain;
}

std::vector<Domain> running_domains(virConnectPtr connect) {
    return list<virDomain, virConnectListAllDomains, virDomainFree>(connect, VIR_CONNECT_LIST_DOMAINS_ACTIVE,
                                                                    "list the running domains");
}

void speak_to_monitors(virConnectPtr connect, const std::function<bool(const Uuid&)>& wanted) {
    auto domains = running_domains(connect);
    std::erase_if(domains, [&](const Domain& domain) { return !wanted(id_of(domain.get())); });
    if (domains.empty()) return;
    std::vector<virDomainPtr> array;
    array.reserve(domains.size() + 1);
    for (const auto& domain : domains) array.push_back(domain.get());
    array.push_back(nullptr);
    virDomainStatsRecordPtr* raw = nullptr;
    if (virDomainListGetStats(array.data(), VIR_DOMAIN_STATS_BALLOON, &raw,
                              VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT) < 0)
        throw last_error("ask the running domains for their memory");
    const Records records(raw);
}

std::map<std::string, Uuid, std::less<>> network_ids(virConnectPtr connect) try {
    std::map<std::string, Uuid, std::less<>> ids;
    for (const auto& network :
         list<virNetwork, virConnectListAllNetworks, virNetworkFree>(connect, 0, "list the networks"))
        ids.emplace(virNetworkGetName(network.get()), id_of(network.get()));
    return ids;
} catch (const Error& failure) {
    if (failure.fault() != Fault::unsupported) throw;
    return {};
}

} // namespace hv::libvirt
