// The libvirt driver keeps the contract that the fake one keeps (tests/unit/driver_contract.hh), so that what the quick
// tests take for granted is so.
#define BOOST_TEST_DYN_LINK
#include "tests/unit/driver_contract.hh"

#include "agent/this_host.hh"
#include "tests/live/node.hh"
#include "tests/support/agent_process.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

namespace {

const Ipv4Block block{Ipv4::parse("10.209.0.0").value(), 24};

// The driver alone, without an agent.
struct Fixture {
    support::TempFolder folder;
    std::filesystem::path consoles = folder.path() / "console";
    std::unique_ptr<hv::Host> host = make_host();
    live::Node node;
    live::Traces before = node.traces(consoles);

    std::unique_ptr<hv::Host> make_host() {
        std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
        std::filesystem::create_directory(consoles);
        hv::libvirt::Options options;
        options.machine_type = "qemu";
        options.arch = "i686";
        options.pool_path = support::AgentProcess::pool;
        options.console_path = consoles;
        auto made = ::make_host(options);
        const auto standing = made->storage().settle("");
        if (!standing.why_not.empty()) throw std::runtime_error(standing.why_not);
        made->hypervisor().be(standing.agent);
        return made;
    }

    // Starts it with that guest on its own disk; false when the guest does not come up.
    bool boot(const contract::MachineAndVolumes& it, const std::string& guest) {
        const auto image = std::filesystem::path(support::environment("OCCI_AGENT_GUESTS")) / guest;
        std::filesystem::copy_file(image, it.own.path, std::filesystem::copy_options::overwrite_existing);
        host->compute().start(it.id);
        return support::eventually([&] {
            std::stringstream said;
            said << std::ifstream(consoles / (it.id + ".log")).rdbuf();
            return said.str().find("UP") != std::string::npos;
        });
    }

    bool nothing_is_left() {
        return support::eventually([&] { return node.traces(consoles) == before; });
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_driver_contract, Fixture)

BOOST_AUTO_TEST_CASE(holds_for_volumes) {
    contract::check_volumes(*host);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_imports) {
    contract::check_import(*host);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_what_is_sent) {
    contract::check_receive(*host);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_networks) {
    contract::check_network(*host, block);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_networks_that_rest) {
    contract::check_network_state(*host, block);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_volumes_that_grow) {
    contract::check_growth(*host);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_copies) {
    contract::check_copy(*host);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_cables) {
    contract::check_cables(*host, block);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_disks_in_use) {
    {
        contract::MachineAndVolumes it(*host);
        BOOST_TEST_REQUIRE(boot(it, "micro.raw"));
        contract::check_disks_in_use(it);
    }
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_unknown_machines) { contract::check_unknown_machine(*host); }
BOOST_AUTO_TEST_CASE(holds_for_what_is_whose) {
    contract::check_ownership(*host, block, host->storage().settle("").agent);
    BOOST_TEST(nothing_is_left());
}
BOOST_AUTO_TEST_CASE(holds_for_mac_addresses) { contract::check_macs(*host); }

// Without anything on its disk no guest obeys the power button.
BOOST_AUTO_TEST_CASE(holds_for_machines) {
    contract::check_machine(*host);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_disks_that_come_and_go) {
    contract::check_disks(*host);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_disks_that_a_guest_releases) {
    {
        contract::MachineAndVolumes it(*host);
        BOOST_TEST_REQUIRE(boot(it, "micro.raw"));
        contract::check_release(it);
        host->compute().power_off(it.id);
    }
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_disks_that_a_guest_keeps) {
    {
        contract::MachineAndVolumes it(*host);
        BOOST_TEST_REQUIRE(boot(it, "deaf.raw"));
        contract::check_refusal(it);
    }
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_nics_that_come_and_go) {
    contract::check_nics(*host, block);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_nics_that_a_guest_releases) {
    {
        contract::MachineAndVolumes machine(*host);
        contract::MachineAndNetwork it(machine, block);
        BOOST_TEST_REQUIRE(boot(machine, "micro.raw"));
        contract::check_release(it);
        host->compute().power_off(machine.id);
    }
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_nics_that_a_guest_keeps) {
    {
        contract::MachineAndVolumes machine(*host);
        contract::MachineAndNetwork it(machine, block);
        BOOST_TEST_REQUIRE(boot(machine, "deaf.raw"));
        contract::check_refusal(it);
    }
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(holds_for_what_others_made) {
    const std::string network = "0c0ffee0-0000-4000-8000-00000000000a";
    const std::string id = "0c0ffee0-0000-4000-8000-000000000009";
    node.define(
        "<domain type='qemu'><name>somebody-elses</name><uuid>" + id +
        "</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='i686'>hvm</type></os></domain>");
    node.start("somebody-elses");
    contract::check_foreign_machine(*host, id);
    const Handle<virNetwork, virNetworkFree> theirs(virNetworkCreateXML(
        node.connection(), ("<network><name>theirs</name><uuid>" + network +
                            "</uuid><ip address='10.208.0.1' netmask='255.255.255.0'/></network>")
                               .c_str()));
    BOOST_TEST_REQUIRE(theirs != nullptr);
    contract::check_foreign_network(*host, network);
    virNetworkDestroy(theirs.get());
    node.destroy("somebody-elses");
    node.undefine("somebody-elses");
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
