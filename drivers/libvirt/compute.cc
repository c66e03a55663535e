#include "drivers/libvirt/compute.hh"

#include "agent/base/log.hh"
#include "drivers/libvirt/events.hh"
#include "drivers/libvirt/machine_type.hh"
#include "drivers/libvirt/state.hh"

#include <algorithm>
#include <functional>
#include <future>
#include <iterator>

namespace hv::libvirt {
namespace {

constexpr const char* driver_name = "libvirt"; // Machine::driver
constexpr std::size_t many = 100;              // domains

// One that reads what never reaches a guest, or nullptr.
std::shared_ptr<virConnect> lend_if_free(Connection& connection) try {
    return connection.lend(Lane::watch, Lane::watch, std::chrono::milliseconds(0));
} catch (const Error&) {
    return nullptr;
}

} // namespace

Domains::Domains(Connection& connection, const Events& events, std::shared_ptr<Diagnoses> diagnoses,
                 Setting setting)
    : connection_(connection), events_(events), diagnoses_(std::move(diagnoses)),
      setting_(std::make_shared<const Setting>(std::move(setting))),
      passed_shapes_(std::make_shared<Guarded<std::set<std::string>>>()),
      forced_off_(std::make_shared<Guarded<std::set<Uuid>>>()) {}

bool Domains::was_forced_off(const Uuid& id, const Glance& glance) const {
    const bool passes_for_crashed =
        glance.state == VIR_DOMAIN_SHUTOFF && glance.reason == VIR_DOMAIN_SHUTOFF_CRASHED;
    return forced_off_->with([&](auto& all) {
        if (!passes_for_crashed) all.erase(id);
        return all.contains(id);
    });
}

MachineStatus Domains::status_of(const Glance& glance) const {
    const auto id = id_of(glance.domain.get());
    const int reason = was_forced_off(id, glance) ? VIR_DOMAIN_SHUTOFF_DESTROYED : glance.reason;
    const auto meaning = meaning_of(glance.state, reason, glance.has_saved_memory);
    MachineStatus status{id, meaning.state, std::string(meaning.reason), ""};
    const bool disk_stopped_it =
        glance.state == VIR_DOMAIN_PAUSED && glance.reason == VIR_DOMAIN_PAUSED_IOERROR;
    if (disk_stopped_it)
        if (auto why = events_.why_paused(status.id); !why.empty()) status.reason = std::move(why);
    // What has stopped needs not react.
    if (glance.state == VIR_DOMAIN_SHUTOFF || glance.state == VIR_DOMAIN_CRASHED) return status;
    if (auto verdict = diagnoses_->with([&](const auto& known) { return known.verdict(status.id); }))
        status.stuck = std::move(verdict->sentence);
    return status;
}

std::vector<MachineStatus> Domains::glance() {
    return connection_.with(Lane::sampling, Lane::watch, [&](virConnectPtr connect) {
        std::vector<MachineStatus> statuses;
        for (const auto& glance : glance_at_all(connect)) statuses.push_back(status_of(glance));
        return statuses;
    });
}

unsigned Domains::most_cores(const std::string& arch) {
    const auto& guest = arch.empty() ? setting_->arch : arch;
    auto known = most_cores_.with([&](const auto& all) { return all.contains(guest) ? all.at(guest) : 0; });
    if (known > 0) return known;
    known = connection_.with(Lane::watch, [&](virConnectPtr connect) {
        const auto type = setting_->type_for(connect, guest);
        const Text capabilities(
            virConnectGetDomainCapabilities(connect, nullptr, guest.c_str(), nullptr, type.c_str(), 0));
        if (!capabilities) throw last_error("ask how many cores a machine of type " + guest + " may have");
        return most_cores_in(capabilities.get());
    });
    most_cores_.with([&](auto& all) { all[guest] = known; });
    return known;
}

namespace {

// Sizes that are not those of the note are what runs until the next start, or somebody else's doing.
void look_at_definition(Machine& machine, const Glance& glance) {
    const bool runs = glance.state != VIR_DOMAIN_SHUTOFF && glance.state != VIR_DOMAIN_CRASHED;
    const Text definition(runs ? virDomainGetXMLDesc(glance.domain.get(), VIR_DOMAIN_XML_INACTIVE) : nullptr);
    if (runs && !definition) throw last_error("read compute " + machine.id);
    if (runs)
        take_next_sizes(machine, definition.get());
    else
        machine.now.reset();
}

} // namespace

Machine Domains::read(const Glance& glance, const NetworkOf& network_of) const {
    auto status = status_of(glance);
    const Text document(virDomainGetXMLDesc(glance.domain.get(), 0));
    if (!document) throw last_error("read compute " + status.id);
    const auto definition = [&] {
        const Text later(virDomainGetXMLDesc(glance.domain.get(), VIR_DOMAIN_XML_INACTIVE));
        if (!later) throw last_error("read compute " + status.id);
        return std::string(later.get());
    };
    Machine machine;
    std::string why_bare;
    try {
        machine = from_domain_xml(document.get(), setting_->agent(), network_of, definition);
        if (machine.now) look_at_definition(machine, glance);
    } catch (const Error& failure) {
        // One that cannot be read must not hide all others.
        logging::warning("compute {} is shown without details: {}", status.id, failure.what());
        why_bare = std::string("shown without details: ") + failure.what();
        machine = Machine();
        machine.id = status.id;
        machine.name = machine.spec.title = virDomainGetName(glance.domain.get());
    }
    machine.driver = driver_name;
    machine.state = status.state;
    machine.reason = why_bare.empty() ? std::move(status.reason) : std::move(why_bare);
    machine.stuck = std::move(status.stuck);
    return machine;
}

// Those of one of `parts` connections, between which the domains are shared by their ids: whichever of them lists one,
// the same one reads it.
std::vector<Machine> Domains::read_part(virConnectPtr connect, const std::vector<Glance>& glances,
                                        std::size_t part, std::size_t parts) const {
    const auto networks = network_ids(connect);
    const auto network_of = [&](const std::string& name) {
        const auto known = networks.find(name);
        return known == networks.end() ? Uuid() : known->second;
    };
    std::vector<Machine> machines;
    for (const auto& glance : glances) {
        if (std::hash<Uuid>()(id_of(glance.domain.get())) % parts != part) continue;
        try {
            machines.push_back(read(glance, network_of));
        } catch (const Error& failure) {
            // Gone since the glance.
            if (failure.fault() != Fault::not_found) throw;
        }
    }
    return machines;
}

// What costs time is libvirtd's writing of each XML, so that of many a second connection reads its share meanwhile.
std::vector<Machine> Domains::list() {
    const auto first = connection_.lend(Lane::watch);
    const auto glances = glance_at_all(first.get());
    const auto second = glances.size() < many ? nullptr : lend_if_free(connection_);
    if (!second) return read_part(first.get(), glances, 0, 1);
    auto others = std::async(std::launch::async,
                             [&] { return read_part(second.get(), glance_at_all(second.get()), 1, 2); });
    auto machines = read_part(first.get(), glances, 0, 2);
    std::ranges::move(others.get(), std::back_inserter(machines));
    return machines;
}

std::optional<Machine> Domains::find(const Uuid& id) {
    const auto doing = "read compute " + id;
    return connection_.with(Lane::watch, [&](virConnectPtr connect) -> std::optional<Machine> {
        auto domain = look_up(connect, id, doing);
        if (!domain) return std::nullopt;
        const auto network_of = [&](const std::string& name) {
            const LibvirtNetwork network(virNetworkLookupByName(connect, name.c_str()));
            return network ? id_of(network.get()) : Uuid();
        };
        try {
            return read(glance_at(std::move(domain), doing), network_of);
        } catch (const Error& failure) {
            if (failure.fault() != Fault::not_found) throw;
            return std::nullopt;
        }
    });
}

} // namespace hv::libvirt
