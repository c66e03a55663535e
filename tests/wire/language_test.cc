// Every refusal speaks the language of the one who asks: no element of OpenNebula's XML is named to a client of OCCI,
// and no attribute of OCCI to a client of OpenNebula's XML, although the same checks serve both.
#define BOOST_TEST_DYN_LINK
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <regex>
#include <string>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

// Words of people that happen to be elements as well (IP, MAC) are not among them.
const std::regex names_of_elements(
    "\\b(SIZE|NICS?|DISKS?|SWAP|FS|ADDRESS|MODE|BRIDGE|TYPE|NAME|CPU|MEMORY|UUID|CONTEXT)\\b");
const std::regex names_of_attributes("\\bocci(_agent)?\\.[a-z]");

struct Mistake {
    const char* pool; // "/network"
    std::string body;
};
std::ostream& operator<<(std::ostream& out, const Mistake& mistake) { return out << mistake.body; }

std::string occi(const std::string& kind, const std::string& attribute, const std::string& more = {}) {
    return "Category: " + kind +
           "; scheme=\"http://schemas.ogf.org/occi/infrastructure#\"; class=\"kind\"\nX-OCCI-Attribute: " +
           attribute + "\n" + more;
}
std::string link(const std::string& to, const std::string& attributes) {
    return "Link: <" + to + ">; rel=\"http://schemas.ogf.org/occi/infrastructure#" +
           (to.starts_with("/network") ? "network" : "storage") + "\"; " + attributes + "\n";
}
std::string category(const std::string& term, const std::string& scheme) {
    return "Category: " + term + "; scheme=\"" + scheme + "\"; class=\"mixin\"\n";
}

const std::string titled = "occi.core.title=\"x\"";
const std::vector<Mistake> in_occi{
    {"/network", occi("network", "occi.network.address=\"ten\"")},
    {"/network", occi("network", "occi.network.address=\"10.1.0.9/24\"")},
    {"/network", occi("network", "occi.network.address=\"10.1.0.0/31\"")},
    {"/network", occi("network", "occi.network.address=\"127.0.0.0/24\"")},
    {"/network", occi("network", "occi_agent.network.size=\"D\"")},
    {"/network", occi("network", "occi_agent.network.size=\"A\"")},
    {"/network", occi("network", "occi_agent.network.size=\"C\", occi.network.address=\"10.1.0.0/16\"")},
    {"/network", occi("network", "occi_agent.network.mode=\"bridge\"")},
    {"/network", occi("network", "occi_agent.network.mode=\"nat\", occi_agent.network.bridge=\"br0\"")},
    {"/network", occi("network", "occi_agent.network.bridge=\"br0\", occi.network.address=\"10.1.0.0\"")},
    {"/network", occi("network", "occi_agent.network.bridge=\"none0\"")},
    {"/storage", occi("storage", titled)},
    {"/storage", occi("storage", "occi.storage.size=-1")},
    {"/compute", occi("compute", "occi.compute.cores=0")},
    {"/compute", occi("compute", "occi.compute.memory=0.001")},
    {"/compute", occi("compute", "occi.compute.share=1")},
    {"/compute", occi("compute", "occi.compute.hostname=\"-\"")},
    {"/compute", occi("compute", titled, link("/network/" + words::nobody, ""))},
    {"/compute", occi("compute", titled, link("/storage/" + words::nobody, ""))},
    {"/compute", occi("compute", titled, link("/network/NETWORK", "occi.networkinterface.mac=\"x\""))},
    {"/compute", occi("compute", titled, link("/network/NETWORK", "occi.networkinterface.address=\"x\""))},
    {"/compute",
     occi("compute", titled, link("/network/NETWORK", "occi.networkinterface.address=\"10.9.9.9\""))},
    {"/compute", occi("compute", titled, link("/storage/STORAGE", "occi.storagelink.deviceid=\"sda1\""))},
    {"/compute", occi("compute", "occi.credentials.ssh.publickey=\"\"",
                      category("ssh_key", "http://schemas.ogf.org/occi/infrastructure/credentials#"))},
};
const std::vector<Mistake> in_xml{
    {"/network", "<NETWORK><ADDRESS>10.1.0.9</ADDRESS></NETWORK>"},
    {"/network", "<NETWORK><ADDRESS>192.168.1.0/24</ADDRESS></NETWORK>"},
    {"/network", "<NETWORK><ADDRESS>127.0.0.0</ADDRESS></NETWORK>"},
    {"/network", "<NETWORK><SIZE>D</SIZE></NETWORK>"},
    {"/network", "<NETWORK><SIZE>A</SIZE></NETWORK>"},
    {"/network", "<NETWORK><MODE>bridge</MODE></NETWORK>"},
    {"/network", "<NETWORK><MODE>nat</MODE><BRIDGE>br0</BRIDGE></NETWORK>"},
    {"/network", "<NETWORK><BRIDGE>br0</BRIDGE><ADDRESS>10.1.0.0</ADDRESS></NETWORK>"},
    {"/network", "<NETWORK><BRIDGE>none0</BRIDGE></NETWORK>"},
    {"/storage", "<DISK><NAME>x</NAME></DISK>"},
    {"/storage", "<DISK><SIZE>67108865</SIZE></DISK>"},
    {"/compute", "<COMPUTE><TYPE>custom</TYPE><CPU>0</CPU></COMPUTE>"},
    {"/compute", "<COMPUTE><TYPE>custom</TYPE><CPU>1025</CPU></COMPUTE>"},
    {"/compute", "<COMPUTE><TYPE>custom</TYPE><MEMORY>1</MEMORY></COMPUTE>"},
    {"/compute", "<COMPUTE><NICS><NIC><UUID>" + words::nobody + "</UUID></NIC></NICS></COMPUTE>"},
    {"/compute", "<COMPUTE><NICS><NIC><UUID>NETWORK</UUID><IP>10.9.9.9</IP></NIC></NICS></COMPUTE>"},
    {"/compute", "<COMPUTE><NICS><NIC><UUID>NETWORK</UUID><IP>10.1.0.9/24</IP></NIC></NICS></COMPUTE>"},
    {"/compute", "<COMPUTE><DISKS><DISK image=\"" + words::nobody + "\"/></DISKS></COMPUTE>"},
    {"/compute", "<COMPUTE><DISKS><DISK/></DISKS></COMPUTE>"},
    {"/compute", "<COMPUTE><DISKS><FS size=\"1\" format=\"zfs\"/></DISKS></COMPUTE>"},
};

std::string with(std::string body, const std::string& name, const std::string& id) {
    if (const auto at = body.find(name); at != body.npos) body.replace(at, name.size(), id);
    return body;
}

struct Fixture : wire::Fixture {
    std::string complete(const std::string& body) {
        return with(with(body, "/NETWORK", "/" + network), "STORAGE", storage);
    }
    std::string in_place(const std::string& body) { return with(body, "<UUID>NETWORK", "<UUID>" + network); }
    const std::string network = agent.network(), storage = agent.image();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_language, Fixture)

BOOST_DATA_TEST_CASE(who_speaks_occi_reads_of_no_element, data::make(in_occi), mistake) {
    const auto answer = post_text(mistake.pool + std::string("/"), complete(mistake.body));
    BOOST_TEST(answer.status >= 400);
    BOOST_TEST(answer.status < 500);
    BOOST_TEST(!std::regex_search(answer.body, names_of_elements), answer.body);
}

BOOST_DATA_TEST_CASE(who_speaks_xml_reads_of_no_attribute, data::make(in_xml), mistake) {
    const auto answer = client.post(mistake.pool, in_place(mistake.body));
    BOOST_TEST(answer.status >= 400);
    BOOST_TEST(answer.status < 500);
    BOOST_TEST(!std::regex_search(answer.body, names_of_attributes), answer.body);
}

BOOST_AUTO_TEST_SUITE_END()
