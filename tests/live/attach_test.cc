// Storages and NICs that are attached to machines by links: the services on the real libvirt, without HTTP.
#define BOOST_TEST_DYN_LINK
#include "agent/agent.hh"
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/this_host.hh"
#include "tests/live/crowd.hh"
#include "tests/live/node.hh"
#include "tests/live/row.hh"
#include "tests/support/agent_process.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

namespace {

namespace name = occi::name;
using live::to_text;
using namespace std::chrono_literals;
using Words = std::map<std::string, std::string>;

// The agent's services over libvirt, in this process.
struct Stage {
    support::TempFolder folder;
    std::filesystem::path consoles = folder.path() / "console", guests;
    std::unique_ptr<hv::Host> host;
    std::unique_ptr<Agent> agent;
    live::Node node;
    live::Traces before;
    const service::Terms terms{{"local", auth::Role::administrator}};

    explicit Stage(const std::string& arch) : guests(support::environment("OCCI_AGENT_GUESTS")) {
        std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
        std::filesystem::create_directory(consoles);
        hv::libvirt::Options options;
        options.machine_type = "qemu";
        options.arch = arch;
        options.pool_path = support::AgentProcess::pool;
        options.console_path = consoles;
        host = ::make_host(options);
        service::Settings settings;
        settings.import_from.push_back(guests);
        settings.default_network = "none";
        agent = std::make_unique<Agent>(
            *host, folder.path() / "state", settings,
            std::vector<occi::Model::Template>{{"small", 1, std::uint64_t{160} << 20}});
        if (!agent->inventory().wait([](const auto& seen) { return seen.complete; }, 20s))
            throw std::runtime_error("libvirt is not listed");
        before = node.traces(consoles);
    }

    service::Networks networks() { return service::Networks(agent->context()); }
    template <class F> auto with_computes(F&& use) {
        auto networks = this->networks();
        service::Storages storages(agent->context());
        service::Computes computes(agent->context(), networks, storages);
        return use(computes);
    }
    template <class F> auto with_links(F&& use) {
        return with_computes([&](service::Computes& computes) {
            service::Links links(agent->context(), computes);
            return use(links);
        });
    }
    const occi::Model::Known& known() { return agent->context().model.known(); }

    state::Operation end_of(const state::Operation& operation) {
        BOOST_REQUIRE(agent->operations().wait(operation.id, 60s));
        return agent->operations().find(operation.id).value();
    }
    Uuid done(const service::Made& made) {
        const auto ended = end_of(made.operation);
        BOOST_TEST_REQUIRE((ended.stage == state::Stage::done), ended.message);
        return made.id;
    }

    Uuid storage(const std::string& guest) {
        occi::Resource wanted;
        wanted.kind = known().storage;
        if (guest.empty())
            wanted.attributes[name::storage_size] = 1.0;
        else
            wanted.attributes[name::image_url] = "file://" + (guests / guest).string();
        return done(service::Storages(agent->context()).create(wanted, terms));
    }
    Uuid network() {
        occi::Resource wanted;
        wanted.kind = known().network;
        wanted.attributes[name::network_address] = "10.203.0.0";
        return done(networks().create(wanted, terms));
    }
    occi::Link link(const occi::Kind& kind, const Uuid& compute, const std::string& target,
                    const Words& words = {}) {
        occi::Link wanted;
        wanted.kind = &kind;
        wanted.source = "/compute/" + compute;
        wanted.target = target;
        for (const auto& [key, value] : words) wanted.attributes[key] = value;
        return wanted;
    }
    // Runs when it returns. It has the storage itself, or a clone of it.
    Uuid machine(const Uuid& storage, bool is_clone) {
        occi::Resource wanted;
        wanted.kind = known().compute;
        wanted.links.push_back(link(*known().storagelink, "", "/storage/" + storage));
        if (is_clone) wanted.links.back().mixins.push_back(known().clone);
        return done(with_computes([&](auto& computes) { return computes.create(wanted, false, terms); }));
    }
    Uuid make(const occi::Link& wanted) {
        return done(with_links([&](auto& links) { return links.create(wanted, terms); }));
    }
    state::Operation unmake(const occi::Kind& kind, const Uuid& id) {
        return end_of(with_links([&](auto& links) { return links.remove(kind, id, terms); }));
    }
    void remove_compute(const Uuid& id) {
        const auto ended = end_of(with_computes([&](auto& computes) { return computes.remove(id, terms); }));
        BOOST_TEST((ended.stage == state::Stage::done), ended.message);
    }
    void remove_storage(const Uuid& id) {
        end_of(service::Storages(agent->context()).remove(id, terms));
        BOOST_TEST(!host->storage().find(id).has_value());
    }

    // A Linux on a busy machine takes its time.
    bool says(const Uuid& compute, const std::string& words) const {
        const auto said = [&] {
            std::stringstream all;
            all << std::ifstream(consoles / (compute + ".log")).rdbuf();
            return all.str().find(words) != std::string::npos;
        };
        return support::eventually(said, 90s);
    }
    // In the domain that runs, and in the definition.
    bool both_have(const Uuid& compute, const std::string& words) const {
        return node.xml_of("occi-" + compute).find(words) != std::string::npos &&
               node.definition_of("occi-" + compute).find(words) != std::string::npos;
    }
    bool none_has(const Uuid& compute, const std::string& words) const {
        return node.xml_of("occi-" + compute).find(words) == std::string::npos &&
               node.definition_of("occi-" + compute).find(words) == std::string::npos;
    }
    bool nothing_is_left() const {
        return support::eventually([&] { return node.traces(consoles) == before; });
    }
};

struct MicroStage : Stage {
    MicroStage() : Stage("i686") {}
};
struct LinuxStage : Stage {
    LinuxStage() : Stage("x86_64") {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(live_attach)

BOOST_FIXTURE_TEST_CASE(a_storage_keeps_what_one_machine_wrote_for_the_next, LinuxStage) {
    const auto system = storage("linux.qcow2");
    const auto first = machine(system, false);
    BOOST_TEST(says(first, "GUEST: marker none"));
    BOOST_TEST(says(first, "GUEST: signed " + first));
    remove_compute(first);
    BOOST_TEST(host->storage().find(system).has_value());

    const auto second = machine(system, false);
    BOOST_TEST(says(second, "GUEST: marker " + first));
    remove_compute(second);
    remove_storage(system);
    live::row("a machine boots from a storage itself, and then another one",
              "it reads what the first one wrote");
    BOOST_TEST(nothing_is_left());
}

BOOST_FIXTURE_TEST_CASE(a_storage_goes_from_one_running_machine_to_the_next, MicroStage) {
    const auto system = storage("micro.raw"), data = storage("");
    const auto first = machine(system, true), second = machine(system, true);
    for (const auto& each : {first, second}) BOOST_TEST(says(each, "MICRO: UP"));
    const auto& kind = *known().storagelink;
    const auto file =
        "<source file='" + host->storage().find(data).value().path + "'"; // our note has the path, too

    const live::Stopwatch attaching;
    const auto link = make(this->link(kind, first, "/storage/" + data, {{name::deviceid, "/dev/vdd"}}));
    const auto attached = attaching.time();
    BOOST_TEST(both_have(first, file));
    BOOST_TEST(both_have(first, "<target dev='vdd'"));
    BOOST_CHECK_THROW(make(this->link(kind, second, "/storage/" + data)), Error);

    const live::Stopwatch detaching;
    BOOST_TEST((unmake(kind, link).stage == state::Stage::done));
    const auto detached = detaching.time();
    BOOST_TEST(none_has(first, file));
    BOOST_TEST(host->storage().find(data).has_value());
    make(this->link(kind, second, "/storage/" + data));
    BOOST_TEST(both_have(second, file));
    live::row("a storage from one running machine to another",
              "attached after " + to_text(attached) + ", let go after " + to_text(detached));
    for (const auto& each : {first, second}) remove_compute(each);
    for (const auto& each : {data, system}) remove_storage(each);
    BOOST_TEST(nothing_is_left());
}

BOOST_FIXTURE_TEST_CASE(a_running_machine_gets_a_nic_and_gives_it_back, MicroStage) {
    const auto system = storage("micro.raw"), net = network();
    const auto guest = machine(system, true);
    BOOST_TEST(says(guest, "MICRO: UP"));
    const auto& kind = *known().networkinterface;
    auto wanted = link(kind, guest, "/network/" + net,
                       {{name::mac, "52:54:00:00:77:01"}, {name::nic_address, "10.203.0.9"}});
    wanted.mixins.push_back(known().ipnetworkinterface);

    const live::Stopwatch attaching;
    const auto nic = make(wanted);
    const auto attached = attaching.time();
    BOOST_TEST(both_have(guest, "52:54:00:00:77:01"));
    BOOST_TEST(host->network().find(net).value().reservations.size() == 1U);
    BOOST_TEST(host->compute().find(guest).value().spec.nics.at(0).device.starts_with("vnet"));

    const live::Stopwatch detaching;
    BOOST_TEST((unmake(kind, nic).stage == state::Stage::done));
    const auto detached = detaching.time();
    BOOST_TEST(none_has(guest, "52:54:00:00:77:01"));
    BOOST_TEST(host->network().find(net).value().reservations.empty());
    live::row("a NIC plugged into a running machine, and out of it",
              "there after " + to_text(attached) + ", gone after " + to_text(detached));
    remove_compute(guest);
    end_of(networks().remove(net, terms));
    remove_storage(system);
    BOOST_TEST(nothing_is_left());
}

// What is not let go in time may still go later: then it is back at the next start, and nobody else gets it until then.
BOOST_FIXTURE_TEST_CASE(a_storage_that_is_let_go_too_late_stays_with_its_machine, MicroStage) {
    const auto system = storage("micro.raw"), data = storage("");
    const auto first = machine(system, true), second = machine(system, true);
    BOOST_TEST(says(first, "MICRO: UP"));
    const auto& kind = *known().storagelink;
    const auto file =
        "<source file='" + host->storage().find(data).value().path + "'"; // our note has the path, too
    const auto link = make(this->link(kind, first, "/storage/" + data));

    host->compute().suspend(first, hv::Suspend::pause); // it hears nothing
    const auto refused = unmake(kind, link);
    BOOST_TEST((refused.fault == Fault::conflict));
    BOOST_TEST(refused.message.find("the guest does not release vdb") != std::string::npos);
    host->compute().start(first); // and now it does
    BOOST_TEST(
        support::eventually([&] { return node.xml_of("occi-" + first).find(file) == std::string::npos; }));
    agent->inventory().reread_machine(first);
    BOOST_TEST(host->compute().find(first).value().spec.disks.size() == 2U);
    BOOST_CHECK_THROW(make(this->link(kind, second, "/storage/" + data)), Error);

    BOOST_TEST((unmake(kind, link).stage == state::Stage::done));
    BOOST_TEST(none_has(first, file));
    make(this->link(kind, second, "/storage/" + data));
    live::row("a guest lets go of a storage after its time", "it stays with its machine until asked again");
    for (const auto& each : {first, second}) remove_compute(each);
    for (const auto& each : {data, system}) remove_storage(each);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
