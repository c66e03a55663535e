#include "drivers/fake/fake_host.hh"

#include <fmt/core.h>

namespace hv::fake {
namespace {

constexpr auto imagined_pool = "/nonexistent/fake-pool";

// A driver that is owned elsewhere.
template <class T> std::shared_ptr<T> borrowed(T& driver) { return {std::shared_ptr<void>(), &driver}; }

} // namespace

FakeHost::FakeHost(const Options& options)
    : volumes_(gate_, events_, options.real_files.empty() ? imagined_pool : options.real_files,
               !options.real_files.empty(), options.available),
      networks_(gate_, events_), machines_(gate_, events_, volumes_, networks_),
      surroundings_(Surroundings{options.routes, options.bridges}), host_(with(volumes_)) {
    networks_.set_bridges(options.bridges);
}

Host FakeHost::with(Storage& storage) {
    Host::Drivers drivers;
    drivers.compute = borrowed<Compute>(machines_);
    drivers.storage = borrowed(storage);
    drivers.network = borrowed<Network>(networks_);
    drivers.notes = borrowed<hv::Notes>(notes_);
    drivers.facts = borrowed<HostFacts>(*this);
    drivers.hypervisor = borrowed<Hypervisor>(*this);
    return Host(std::move(drivers));
}

// The thread lets guests act on machines_, which are gone before events_ would be.
FakeHost::~FakeHost() { events_.stop(); }

// ---- watching ------------------------------------------------------------------------------------------------------

void FakeHost::be(const Uuid& agent) {
    machines_.be(agent);
    networks_.be(agent);
}

void FakeHost::watch(Listener& listener) {
    events_.watch(listener);
    if (const auto why = gate_.why_lost())
        events_.lost(*why);
    else
        events_.found();
}

void FakeHost::unwatch() { events_.unwatch(); }

void FakeHost::lose(const std::string& why) {
    if (gate_.lose(why)) events_.lost(why);
}

void FakeHost::come_back() {
    if (gate_.come_back()) events_.found();
}

// ---- the host ------------------------------------------------------------------------------------------------------

std::string FakeHost::propose_mac() {
    return gate_.pass("host.propose_mac", [&] {
        const auto number = ++macs_;
        return fmt::format("52:54:00:{:02x}:{:02x}:{:02x}", number >> 16 & 0xff, number >> 8 & 0xff,
                           number & 0xff);
    });
}

std::vector<Route> FakeHost::routes() {
    return gate_.pass("host.routes", [&] {
        return surroundings_.with([](const Surroundings& around) { return around.routes; });
    });
}

bool FakeHost::has_bridge(const std::string& device) {
    return gate_.pass("host.has_bridge", [&] {
        return surroundings_.with(
            [&](const Surroundings& around) { return around.bridges.contains(device); });
    });
}

std::string FakeHost::describe() {
    return gate_.pass("host.describe",
                      [] { return std::string("a hypervisor in memory, which runs nothing"); });
}

void FakeHost::set_routes(std::vector<Route> routes) {
    surroundings_.with([&](Surroundings& around) { around.routes = std::move(routes); });
}

std::vector<std::string> FakeHost::complaints() {
    return surroundings_.with([](const Surroundings& around) { return around.complaints; });
}

void FakeHost::set_complaints(std::vector<std::string> sentences) {
    surroundings_.with([&](Surroundings& around) { around.complaints = std::move(sentences); });
}

void FakeHost::set_bridges(std::set<std::string> devices) {
    networks_.set_bridges(devices);
    surroundings_.with([&](Surroundings& around) { around.bridges = std::move(devices); });
}

// ---- other people --------------------------------------------------------------------------------------------------

Uuid FakeHost::add_foreign_machine(const std::string& name, MachineState state, MachineSpec spec) {
    Machine machine{new_uuid(), name, false, std::move(spec), state, "", ""};
    if (machine.spec.title.empty()) machine.spec.title = name;
    const auto id = machine.id;
    machines_.add_foreign(std::move(machine));
    return id;
}

Uuid FakeHost::add_foreign_network(const std::string& name, NetworkMode mode, std::optional<Ipv4Block> block,
                                   const std::string& bridge) {
    NetworkInfo network{new_uuid(), name, mode, bridge, block, false, true, {}, {}};
    const auto id = network.id;
    networks_.add_foreign(std::move(network));
    return id;
}

void FakeHost::vanish(const Uuid& id) {
    if (!machines_.vanish(id) && !volumes_.vanish(id) && !networks_.vanish(id))
        throw Error(Fault::not_found, "nothing of the id " + id + " can vanish");
}

} // namespace hv::fake
