// GFD.224, 3.4 (and GFD.184, 3.4): what links a compute to networks and storages.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/refusal.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

namespace conformance {
namespace {

const std::string nic_scheme = "http://schemas.ogf.org/occi/infrastructure/networkinterface#";

const Clauses interfaces{
    {"GFD.224 3.4.1", must, "shows the interface, the MAC and the state of a NIC",
     [](Provider& it) {
         const auto body = it.get(it.standing().networkinterface).body;
         BOOST_TEST(value_of(body, "occi.networkinterface.interface") == "eth0");
         BOOST_TEST(value_of(body, "occi.networkinterface.mac").size() == 17U);
         BOOST_TEST(value_of(body, "occi.networkinterface.state") == "active");
     }},
    {"GFD.224 3.4.1", must, "has the attributes of an IP interface in its mixin",
     [](Provider& it) {
         const auto known =
             parameter(category_in(it.get("/-/").body, "ipnetworkinterface", nic_scheme), "attributes");
         for (const auto* each : {"address", "gateway", "allocation"})
             BOOST_TEST(known.find("occi.networkinterface." + std::string(each) + "{immutable}") !=
                            std::string::npos,
                        each);
     }},
    {"GFD.224 3.4.1", must, "shows the address of a NIC on an IP network, with the mixin",
     [](Provider& it) {
         const auto body = it.get(it.standing().networkinterface).body;
         BOOST_TEST(!category_in(body, "ipnetworkinterface", nic_scheme).empty());
         BOOST_TEST(value_of(body, "occi.networkinterface.address").starts_with("10.210.0."));
         BOOST_TEST(value_of(body, "occi.networkinterface.allocation") == "dynamic");
     }},
    {"GFD.224 3.4.1", must, "gives a NIC the address and the MAC that the client asks for",
     [](Provider& it) {
         const auto network = it.network();
         const auto path = it.compute(link_to(network, "; occi.networkinterface.address=\"10.211.0.77\"; "
                                                       "occi.networkinterface.mac=\"52:54:00:12:34:56\""));
         const auto line = link_in(it.get(path).body, "/networkinterface/");
         BOOST_TEST(parameter(line, "occi.networkinterface.address") == "10.211.0.77");
         BOOST_TEST(parameter(line, "occi.networkinterface.mac") == "52:54:00:12:34:56");
     }},
    {"GFD.224 3.4.1", must, "connects a running compute to a network, and disconnects it",
     [](Provider& it) {
         const auto guest = it.guest();
         const auto network = it.network();
         const auto nic = it.make("/networkinterface/", link("networkinterface", guest, network));
         BOOST_TEST(it.value(nic, "occi.networkinterface.state") == "active");
         BOOST_TEST(it.value(nic, "occi.networkinterface.interface") == "eth1");
         BOOST_TEST(it.value(nic, "occi.networkinterface.address").starts_with("10.211.0."));
         BOOST_TEST(it.remove(nic).status == 200);
         BOOST_TEST(it.get(guest).body.find(network) == std::string::npos);
     }},
    {"GFD.224 3.4.1", must, "connects a compute that is off",
     [](Provider& it) {
         const auto compute = it.compute();
         it.act(compute, "stop", attribute("method=\"poweroff\""));
         BOOST_TEST(it.becomes(compute, "occi.compute.state", "inactive"));
         const auto nic = it.make("/networkinterface/", link("networkinterface", compute, it.network()));
         BOOST_TEST(it.value(nic, "occi.networkinterface.state") == "inactive");
         BOOST_TEST(it.value(nic, "occi.networkinterface.state.message").ends_with(" is inactive"));
         BOOST_TEST(it.act(compute, "start").status == 200);
         BOOST_TEST(it.becomes(nic, "occi.networkinterface.state", "active"));
     }},
    {"GFD.224 3.4.1", must, "changes the MAC and the address of a NIC",
     LeftOut{"a NIC is what it was plugged in as, and both are shown as immutable; who wants another makes "
             "another (409)"}},
    refused("GFD.224 3.4.1", must, "gives no NIC an interface of the client's own", 403,
            {"POST", "{networkinterface}", attribute("occi.networkinterface.interface=\"eth7\"")},
            "interface"),
    refused("GFD.224 3.4.1", must, "makes no NIC of a MAC that is none", 400,
            {"POST", "/networkinterface/",
             link("networkinterface", "{compute}", "{network}") +
                 attribute("occi.networkinterface.mac=\"not:a:mac\"")},
            "MAC address"),
    refused("GFD.224 3.4.1", must, "makes no NIC of an address outside of its network", 409,
            {"POST", "/networkinterface/",
             link("networkinterface", "{compute}", "{network}") +
                 attribute("occi.networkinterface.address=\"10.99.0.7\"")}),
};

const Clauses disks{
    {"GFD.224 3.4.2", must, "shows the device and the state of a disk",
     [](Provider& it) {
         const auto body = it.get(it.standing().storagelink).body;
         BOOST_TEST(value_of(body, "occi.storagelink.deviceid") == "/dev/vda");
         BOOST_TEST(value_of(body, "occi.storagelink.state") == "active");
     }},
    {"GFD.224 3.4.2", must, "attaches a storage to a running compute, and detaches it",
     [](Provider& it) {
         const auto guest = it.guest();
         const auto storage = it.storage();
         const auto disk = it.make("/storagelink/", link("storagelink", guest, storage));
         BOOST_TEST(it.value(disk, "occi.storagelink.deviceid") == "/dev/vdb");
         BOOST_TEST(it.value(disk, "occi.storagelink.state") == "active");
         BOOST_TEST(it.remove(storage).status == 409);
         BOOST_TEST(it.remove(disk).status == 200);
         BOOST_TEST(it.get(disk).status == 404);
         BOOST_TEST(it.get(storage).status == 200);
         BOOST_TEST(it.remove(storage).status == 200);
     }},
    {"GFD.224 3.4.2", must,
     "attaches a storage as the device, and with the mount point, that the client names",
     [](Provider& it) {
         const auto guest = it.guest();
         const auto disk = it.make("/storagelink/", link("storagelink", guest, it.storage()) +
                                                        attribute("occi.storagelink.deviceid=\"/dev/vdd\"") +
                                                        attribute("occi.storagelink.mountpoint=\"/data\""));
         BOOST_TEST(it.value(disk, "occi.storagelink.deviceid") == "/dev/vdd");
         BOOST_TEST(it.value(disk, "occi.storagelink.mountpoint") == "/data");
     }},
    {"GFD.224 3.4.2", must, "attaches a storage to one compute at a time",
     [](Provider& it) {
         const auto one = it.compute(), other = it.compute();
         const auto storage = it.storage();
         const auto disk = it.make("/storagelink/", link("storagelink", one, storage));
         const auto answer = it.post("/storagelink/", link("storagelink", other, storage));
         BOOST_TEST(answer.status == 409);
         BOOST_TEST(answer.body.find(one.substr(one.rfind('/') + 1)) != std::string::npos);
         BOOST_TEST(it.get(disk).status == 200);
     }},
    {"GFD.224 3.4.2", should, "chooses an OS by a template, and by no storage link of the client",
     [](Provider& it) {
         BOOST_TEST(
             !category_in(it.get(it.standing().compute).body, it.standing().os_template, os_scheme).empty());
     }},
    {"GFD.224 3.4.3", may, "links to storage that is managed by CDMI", LeftOut{"there is no CDMI here"}},
    refused(
        "GFD.224 3.4.2", must, "attaches nothing as a device that is none", 400,
        {"POST", "/storagelink/",
         link("storagelink", "{compute}", "{image}") + attribute("occi.storagelink.deviceid=\"disk two\"")}),
};

const Chapter chapter("infrastructure_224_links", interfaces + disks);

} // namespace
} // namespace conformance
