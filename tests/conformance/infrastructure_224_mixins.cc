// GFD.224, 3.5 and what follows (and GFD.184, 3.5): templates, and what a guest is told of its user.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/refusal.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

namespace conformance {
namespace {

const std::string credentials = "http://schemas.ogf.org/occi/infrastructure/credentials#";
const std::string context = "http://schemas.ogf.org/occi/infrastructure/compute#";
const std::string openstack_keys = "http://schemas.openstack.org/instance/credentials#";
const std::string openstack_data = "http://schemas.openstack.org/compute/instance#";

const Clauses os_templates{
    {"GFD.224 3.5.1", should, "offers OS templates that depend on os_tpl",
     [](Provider& it) {
         const auto line = category_in(it.get("/-/").body, it.standing().os_template, os_scheme);
         BOOST_TEST(parameter(line, "rel") == infrastructure + "os_tpl");
         BOOST_TEST(!parameter(line, "location").empty());
         BOOST_TEST(!category_in(it.get("/-/").body, "os_tpl").empty());
     }},
    {"GFD.224 3.5.1", must, "makes a compute of an OS template, and it boots",
     [](Provider& it) {
         const auto path = it.guest();
         BOOST_TEST(!category_in(it.get(path).body, it.standing().os_template, os_scheme).empty());
         BOOST_TEST(parameter(link_in(it.get(path).body, "/storagelink/"), "occi.storagelink.deviceid") ==
                    "/dev/vda");
     }},
    {"GFD.224 3.5.1", may, "gives a compute that is there another OS template",
     LeftOut{"what a machine has booted from is not changed beneath it: refused, as the standard allows"}},
    {"GFD.224 3.5.1", must, "refuses another OS template than the one that a compute has",
     [](Provider& it) {
         const auto path = it.compute();
         const auto before = it.get(path).body;
         const auto status = it.post(path, mixin(it.standing().os_template, os_scheme)).status;
         BOOST_TEST((status == 400 || status == 403 || status == 409), status);
         BOOST_TEST(it.get(path).body == before);
     }},
    refused("GFD.224 3.5.1", must, "makes no compute of an OS template that there is none of", 404,
            {"POST", "/compute/", kind("compute") + mixin("no-such-thing", os_scheme)}),
};

const Clauses contexts{
    {"GFD.224", should, "takes a public key for a compute, and shows it to its owner",
     [](Provider& it) {
         const auto path = it.compute(mixin("ssh_key", credentials) +
                                      attribute("occi.credentials.ssh.publickey=\"ssh-rsa AAAA a@b\""));
         const auto body = it.get(path).body;
         BOOST_TEST(!category_in(body, "ssh_key", credentials).empty());
         BOOST_TEST(value_of(body, "occi.credentials.ssh.publickey") == "ssh-rsa AAAA a@b");
     }},
    {"GFD.224", should, "takes user data for a compute, and shows them to its owner",
     [](Provider& it) {
         const auto path = it.compute(mixin("user_data", context) +
                                      attribute("occi.compute.userdata=\"I2Nsb3VkLWNvbmZpZwo=\""));
         BOOST_TEST(!category_in(it.get(path).body, "user_data", context).empty());
         BOOST_TEST(!it.value(path, "occi.compute.userdata").empty());
     }},
    {"GFD.224", may, "takes both as clients of OpenStack spell them",
     [](Provider& it) {
         const auto path =
             it.compute(mixin("public_key", openstack_keys) + mixin("user_data", openstack_data) +
                        attribute("org.openstack.credentials.publickey.data=\"ssh-rsa AAAA a@b\"") +
                        attribute("org.openstack.compute.user_data=\"I2Nsb3VkLWNvbmZpZwo=\""));
         const auto body = it.get(path).body;
         BOOST_TEST(value_of(body, "occi.credentials.ssh.publickey") == "ssh-rsa AAAA a@b");
         BOOST_TEST(!value_of(body, "occi.compute.userdata").empty());
     }},
    {"GFD.224", must, "changes the public key of a compute",
     [](Provider& it) {
         const auto path = it.compute(mixin("ssh_key", credentials) +
                                      attribute("occi.credentials.ssh.publickey=\"ssh-rsa AAAA a@b\""));
         BOOST_TEST(it.post(path, attribute("occi.credentials.ssh.publickey=\"ssh-rsa BBBB a@b\"")).status ==
                    200);
         BOOST_TEST(it.becomes(path, "occi.credentials.ssh.publickey", "ssh-rsa BBBB a@b"));
     }},
    {"GFD.224", must, "changes user data never",
     [](Provider& it) {
         const auto path = it.compute(mixin("user_data", context) +
                                      attribute("occi.compute.userdata=\"I2Nsb3VkLWNvbmZpZwo=\""));
         BOOST_TEST(it.post(path, attribute("occi.compute.userdata=\"b3RoZXI=\"")).status == 403);
     }},
    refused("GFD.224", must, "takes no key without its attribute", 400,
            {"POST", "/compute/", kind("compute") + mixin("ssh_key", credentials)},
            "occi.credentials.ssh.publickey"),
    refused("GFD.224", must, "takes a key for a compute only", 403,
            {"POST", "/network/",
             kind("network") + mixin("ssh_key", credentials) +
                 attribute("occi.credentials.ssh.publickey=\"k\"")}),
    refused("GFD.224", must, "takes no two keys that differ", 409,
            {"POST", "/compute/",
             kind("compute") + mixin("ssh_key", credentials) + mixin("public_key", openstack_keys) +
                 attribute("occi.credentials.ssh.publickey=\"ssh-rsa AAAA a@b\"") +
                 attribute("org.openstack.credentials.publickey.data=\"ssh-rsa BBBB a@b\"")}),
};

const Chapter chapter("infrastructure_224_mixins", os_templates + contexts);

} // namespace
} // namespace conformance
