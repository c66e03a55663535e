// Domains::holdings: what every domain names, in each of its descriptions.
#include "drivers/libvirt/compute.hh"

#include "agent/base/answering.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "drivers/libvirt/domain_calls.hh"
#include "drivers/libvirt/xml_holding.hh"
#include "drivers/libvirt/xml_pool.hh"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string_view>

namespace hv::libvirt {
namespace {

using Clock = std::chrono::steady_clock;

// With each answer of libvirt, which reads them from its memory, but not while the domain is being started. The first
// two are for a thread that answers others: with a libvirtd that does not say anything, and with one that is busy.
constexpr std::chrono::seconds short_patience{4}, patience_with_busy{15}, long_patience{30};
// Of the threads that answer others, so that most of them stay free.
constexpr unsigned most_waiting_on = 3;
constexpr std::string_view stands_still = "libvirt has not answered yet: ask again later";

// "" for a pool that is gone, or is no directory.
std::string directory_of(virConnectPtr connect, const std::string& name) {
    const Pool pool(virStoragePoolLookupByName(connect, name.c_str()));
    const Text xml(pool ? virStoragePoolGetXMLDesc(pool.get(), 0) : nullptr);
    return xml ? directory_of_pool(xml.get()).string() : std::string();
}

Lookup lookup_in(virConnectPtr connect) {
    return {[connect, known = std::map<std::string, std::string>()](const std::string& pool) mutable {
                const auto found = known.find(pool);
                return found != known.end() ? found->second
                                            : known.emplace(pool, directory_of(connect, pool)).first->second;
            },
            [networks = network_ids(connect)](const std::string& name) {
                const auto found = networks.find(name);
                return found == networks.end() ? Uuid() : found->second;
            }};
}

void add_document(Holding& holding, const Text& document, const Lookup& lookup) {
    if (!document) {
        if (last_code() == VIR_ERR_NO_DOMAIN) return; // gone since it was listed
        throw last_error("look at what compute " + holding.id + " uses");
    }
    add_holding(holding, document.get(), lookup);
}

Holding holding_of(const Glance& glance, const Lookup& lookup) {
    auto* domain = glance.domain.get();
    Holding holding;
    holding.id = id_of(domain);
    holding.name = virDomainGetName(domain);
    holding.in_memory = glance.state != VIR_DOMAIN_SHUTOFF && glance.state != VIR_DOMAIN_CRASHED;
    add_document(holding, Text(virDomainGetXMLDesc(domain, 0)), lookup);
    if (holding.in_memory && virDomainIsPersistent(domain) == 1)
        add_document(holding, Text(virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE)), lookup);
    // A start takes that description. One that cannot be read starts nothing.
    if (glance.has_saved_memory)
        if (const Text saved(virDomainManagedSaveGetXMLDesc(domain, 0)); saved)
            add_holding(holding, saved.get(), lookup);
    return holding;
}

} // namespace

std::vector<Holding> Domains::holdings() {
    const bool answers_others = answering::is_this_thread();
    const auto refuse = [] { throw Error(Fault::unavailable, std::string(stands_still)); };
    if (answers_others && holdings_.left_behind() > 0) refuse();
    const auto patience = answers_others ? short_patience : long_patience;
    const auto last_answer = std::make_shared<std::atomic<Clock::time_point>>(Clock::now());
    bool waits_on = false;
    const Defer no_more([&] {
        if (waits_on) --waiting_on_;
    });
    const auto goes_on = [&](PatientCaller::Waited) {
        const auto silence = Clock::now() - last_answer->load();
        const bool is_busy = answers_others && silence >= patience / 2 && pulse_.is_felt();
        if (silence < patience) return true;
        if (!is_busy || silence >= patience_with_busy || lanes_.stuck() > 0) return false;
        if (!waits_on && ++waiting_on_ > most_waiting_on) {
            --waiting_on_;
            return false;
        }
        return waits_on = true;
    };
    const auto list = [lent = connection_.lend(Lane::watch, Lane::watch, patience), last_answer] {
        const auto lookup = lookup_in(lent.get());
        std::vector<Holding> all;
        for (const auto& glance : glance_at_all(lent.get())) {
            *last_answer = Clock::now();
            all.push_back(holding_of(glance, lookup));
        }
        return all;
    };
    try {
        return holdings_.call("ask what all domains use", goes_on, list);
    } catch (const Error& failure) {
        if (failure.fault() == Fault::timeout) refuse();
        throw;
    }
}

} // namespace hv::libvirt
