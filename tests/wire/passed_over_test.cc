// Every element and attribute of every language in a request, one a row: it is done, refused, or named in the answer
// as what was passed over. Nothing is dropped without a word.
#define BOOST_TEST_DYN_LINK
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

// What comes of it.
struct Done {
    std::string shown; // in what OCCI shows of the entity
};
struct Refused {
    int status;
    std::string words;
};
struct Named {
    std::string names; // all of the header
};
struct Restated {}; // neither done nor named: a document that was read may come back

struct Row {
    std::string body; // NETWORK, IMAGE, COMPUTE stand for ids
    std::variant<Done, Refused, Named, Restated> outcome;
};
std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.body; }

Row done(const std::string& body, const std::string& shown) { return {body, Done{shown}}; }
Row refused(const std::string& body, int status, const std::string& words) {
    return {body, Refused{status, words}};
}
Row named(const std::string& body, const std::string& names) { return {body, Named{names}}; }
Row restated(const std::string& body) { return {body, Restated{}}; }

Row inside(const std::string& root, const Row& row) {
    return {"<" + root + ">" + row.body + "</" + root + ">", row.outcome};
}

const std::string nic_mac = "02:00:5e:00:00:07";

// ---- OpenNebula's XML ----------------------------------------------------------------------------------------------

const std::vector<Row> computes_made{
    done("<NAME>web</NAME>", R"("occi.core.title":"web")"),
    done("<TYPE>medium</TYPE>", "#medium"),
    done("<INSTANCE_TYPE>medium</INSTANCE_TYPE>", "#medium"),
    done("<INSTANCE_TYPE href=\"/instance_type/medium\"/>", "#medium"),
    done("<TYPE>custom</TYPE><CPU>3</CPU>", R"("occi.compute.cores":3)"),
    done("<TYPE>custom</TYPE><MEMORY>256</MEMORY>", R"("occi.compute.memory":0.25)"),
    done("<CPU>3</CPU>", R"("occi.compute.cores":3)"),
    done("<MEMORY>256</MEMORY>", R"("occi.compute.memory":0.25)"),
    done("<TYPE>small</TYPE><CPU>1</CPU><MEMORY>1024</MEMORY>", "#small"),
    refused("<TYPE>small</TYPE><CPU>2</CPU>", 400, "CPU is not what TYPE small has"),
    refused("<TYPE>small</TYPE><MEMORY>512</MEMORY>", 400, "MEMORY is not what TYPE small has"),
    done("<DISKS><DISK image=\"IMAGE\"/></DISKS>", "/storage/IMAGE"),
    done("<DISKS><DISK href=\"/storage/IMAGE\"/></DISKS>", "/storage/IMAGE"),
    done("<STORAGE><DISK image=\"IMAGE\"/></STORAGE>", "/storage/IMAGE"),
    done("<DISK><STORAGE href=\"/storage/IMAGE\"/></DISK>", "/storage/IMAGE"),
    done("<DISKS><DISK image=\"IMAGE\" dev=\"vdc\"/></DISKS>", "/dev/vdc"),
    done("<DISK><STORAGE href=\"/storage/IMAGE\"/><TARGET>vdc</TARGET></DISK>", "/dev/vdc"),
    named("<STORAGE><DISK image=\"IMAGE\" dev=\"sda1\"/></STORAGE>", "COMPUTE/STORAGE/DISK/@dev"),
    named("<DISK><STORAGE href=\"/storage/IMAGE\"/><TARGET>hda</TARGET></DISK>", "COMPUTE/DISK/TARGET"),
    named("<DISK id=\"0\"><STORAGE href=\"/storage/IMAGE\" name=\"x\"/><TYPE>DISK</TYPE></DISK>",
          "COMPUTE/DISK/@id, COMPUTE/DISK/STORAGE/@name, COMPUTE/DISK/TYPE"),
    refused("<DISK><STORAGE href=\"/storage/IMAGE\"/><SAVE_AS name=\"x\"/></DISK>", 501, "SAVE_AS"),
    named("<DISKS><DISK image=\"IMAGE\" size=\"9\"/></DISKS>", "COMPUTE/DISKS/DISK/@size"),
    done("<DISKS><SWAP size=\"4\"/></DISKS>", R"("occi_agent.disk.content":"swap")"),
    done("<DISKS><SWAP><SIZE>4</SIZE></SWAP></DISKS>", R"("occi_agent.disk.content":"swap")"),
    done("<DISKS><DISK type=\"swap\" size=\"4\"/></DISKS>", R"("occi_agent.disk.content":"swap")"),
    done("<DISKS><SWAP size=\"4\" dev=\"vdd\"/></DISKS>", "/dev/vdd"),
    done("<DISKS><FS size=\"4\" format=\"ext4\"/></DISKS>", R"("occi_agent.disk.filesystem":"ext4")"),
    done("<DISKS><FS><SIZE>4</SIZE><FORMAT>ext4</FORMAT></FS></DISKS>", R"(filesystem":"ext4")"),
    named("<DISKS><SWAP size=\"4\" speed=\"9\"/></DISKS>", "COMPUTE/DISKS/SWAP/@speed"),
    named("<DISKS><SWAP size=\"4\" format=\"ext4\"/></DISKS>", "COMPUTE/DISKS/SWAP/@format"),
    named("<DISKS><SWAP><SIZE>4</SIZE><FORMAT>ext4</FORMAT></SWAP></DISKS>", "COMPUTE/DISKS/SWAP/FORMAT"),
    named("<DISKS><DISK type=\"swap\" size=\"4\" format=\"ext4\"/></DISKS>", "COMPUTE/DISKS/DISK/@format"),
    named("<DISKS><FS size=\"4\" label=\"x\"/></DISKS>", "COMPUTE/DISKS/FS/@label"),
    named("<DISKS><CDROM/></DISKS>", "COMPUTE/DISKS/CDROM"),
    done("<NICS><NIC><UUID>NETWORK</UUID></NIC></NICS>", "/network/NETWORK"),
    done("<NETWORK><NIC network=\"NETWORK\"/></NETWORK>", "/network/NETWORK"),
    done("<NETWORK><NIC href=\"/network/NETWORK\"/></NETWORK>", "/network/NETWORK"),
    done("<NIC><NETWORK href=\"/network/NETWORK\"/></NIC>", "/network/NETWORK"),
    done("<NICS><NIC><UUID>NETWORK</UUID><IP>10.1.0.7</IP></NIC></NICS>", "10.1.0.7"),
    done("<NETWORK><NIC network=\"NETWORK\" ip=\"10.1.0.7\"/></NETWORK>", "10.1.0.7"),
    done("<NICS><NIC><UUID>NETWORK</UUID><MAC>02:00:5E:00:00:07</MAC></NIC></NICS>", nic_mac),
    done("<NETWORK><NIC network=\"NETWORK\" mac=\"" + nic_mac + "\"/></NETWORK>", nic_mac),
    refused("<NICS><NIC><UUID>NETWORK</UUID><MAC>01:00:5e:00:00:01</MAC></NIC></NICS>", 400, "MAC address"),
    refused("<NICS><NIC><UUID>NETWORK</UUID><MAC>" + nic_mac + "</MAC></NIC><NIC><UUID>NETWORK</UUID><MAC>" +
                nic_mac + "</MAC></NIC></NICS>",
            409, "is taken"),
    named("<NICS><NIC speed=\"9\"><UUID>NETWORK</UUID><MODEL>e1000</MODEL></NIC></NICS>",
          "COMPUTE/NICS/NIC/@speed, COMPUTE/NICS/NIC/MODEL"),
    named("<NIC><NETWORK href=\"/network/NETWORK\" name=\"x\"/></NIC>", "COMPUTE/NIC/NETWORK/@name"),
    done("<CONTEXT><HOSTNAME>web-1</HOSTNAME></CONTEXT>", R"("occi.compute.hostname":"web-1")"),
    refused("<CONTEXT><HOSTNAME>$NAME</HOSTNAME></CONTEXT>", 400, "host name"),
    refused("<CONTEXT><HOSTNAME>a</HOSTNAME><HOSTNAME>b</HOSTNAME></CONTEXT>", 400,
            "HOSTNAME is given twice"),
    done("<CONTEXT><SSH_PUBLIC_KEY>ssh-rsa x</SSH_PUBLIC_KEY></CONTEXT>",
         R"("occi.credentials.ssh.publickey":"ssh-rsa x")"),
    done("<CONTEXT><USER_DATA>#!/bin/sh</USER_DATA></CONTEXT>", R"("occi.compute.userdata":"#!/bin/sh")"),
    named("<CONTEXT><FILES>/init.sh</FILES></CONTEXT>", "COMPUTE/CONTEXT/FILES"),
    named("<ID>7</ID><STATE>ACTIVE</STATE>", "COMPUTE/ID, COMPUTE/STATE"),
    named("<MESSAGE>x</MESSAGE><CONDITION>x</CONDITION><REASON>x</REASON>",
          "COMPUTE/MESSAGE, COMPUTE/CONDITION, COMPUTE/REASON"),
    named("<MEMORY unit=\"GB\">256</MEMORY>", "COMPUTE/MEMORY/@unit"),
    named("<NICS><NIC><UUID>NETWORK</UUID><MAC speed=\"9\">" + nic_mac + "</MAC></NIC></NICS>",
          "COMPUTE/NICS/NIC/MAC/@speed"),
    named("<NAME>web<B/></NAME>", "COMPUTE/NAME/B"),
    named("web<CONTEXT>web</CONTEXT><NICS>NETWORK</NICS>",
          "COMPUTE/text(), COMPUTE/CONTEXT/text(), COMPUTE/NICS/text()"),
    named("<DISKS><DISK image=\"IMAGE\" type=\"cdrom\"/></DISKS>", "COMPUTE/DISKS/DISK/@type"),
    named("<DISKS><FS size=\"4\" type=\"swap\"/></DISKS>", "COMPUTE/DISKS/FS/@type"),
    named("<USER/><GROUP/><NAEM>web</NAEM>", "COMPUTE/USER, COMPUTE/GROUP, COMPUTE/NAEM"),
};

const std::vector<Row> computes_changed{
    done("<NAME>web</NAME>", R"("occi.core.title":"web")"),
    refused("<TYPE>custom</TYPE><CPU/>", 400, "CPU is \"\""),
    refused("<CPU/>", 400, "CPU is \"\""),
    refused("<MEMORY> </MEMORY>", 400, "MEMORY is \"\""),
    refused("<STATE/>", 400, "STATE \"\""),
    restated("<ID>COMPUTE</ID><TYPE>small</TYPE><STATE>ACTIVE</STATE><CPU>1</CPU><MEMORY>1024</MEMORY>"),
    restated("<MESSAGE>x</MESSAGE><CONDITION>known</CONDITION><REASON>x</REASON><NAME>c</NAME>"),
    restated("<DISKS><DISK image=\"IMAGE\" dev=\"vda\"/></DISKS>"),
    refused("<ID>" + words::nobody + "</ID>", 400, "the document is of compute"),
    refused("<TYPE>medium</TYPE>", 403, "TYPE cannot be changed"),
    refused("<CPU>2</CPU>", 403, "CPU cannot be changed"),
    refused("<MEMORY>2048</MEMORY>", 403, "MEMORY cannot be changed"),
    refused("<STATE>RESUME</STATE>", 403, "from ACTIVE to RESUME"),
    refused("<NICS/>", 403, "NICS cannot be changed"),
    refused("<DISKS><DISK image=\"IMAGE\" dev=\"vdb\"/></DISKS>", 403, "the dev of a disk"),
    done("<DISKS><DISK image=\"IMAGE\" dev=\"vda\"/><SWAP size=\"4\" dev=\"vdd\"/></DISKS>", "/dev/vdd"),
    done("<CONTEXT><HOSTNAME>web-1</HOSTNAME></CONTEXT>", R"("occi.compute.hostname":"web-1")"),
    done("<CONTEXT><SSH_PUBLIC_KEY>ssh-rsa x</SSH_PUBLIC_KEY></CONTEXT>",
         R"("occi.credentials.ssh.publickey":"ssh-rsa x")"),
    refused("<CONTEXT><USER_DATA>#!/bin/sh</USER_DATA></CONTEXT>", 403, "user data"),
    named("<NAME>web</NAME><NAEM>x</NAEM>", "COMPUTE/NAEM"),
    refused("<NAEM>x</NAEM>", 400, "nothing in it that could be changed"),
};

const std::vector<Row> networks_made{
    done("<NAME>lan</NAME>", R"("occi.core.title":"lan")"),
    done("<DESCRIPTION>of\n the lab</DESCRIPTION>", R"("occi.core.summary":"of the lab")"),
    done("<ADDRESS>10.7.0.0</ADDRESS>", "10.7.0.0/24"),
    done("<SIZE>30</SIZE>", R"("occi_agent.network.size":"30")"),
    done("<MODE>nat</MODE>", R"("occi_agent.network.mode":"nat")"),
    refused("<BRIDGE>none0</BRIDGE>", 400, "none0"),
    named("<ID>7</ID><PUBLIC>YES</PUBLIC><VLAN>YES</VLAN><USED_LEASES>0</USED_LEASES>",
          "NETWORK/ID, NETWORK/PUBLIC, NETWORK/VLAN, NETWORK/USED_LEASES"),
    named("<ADRESS>10.7.0.0</ADRESS>", "NETWORK/ADRESS"),
};

const std::vector<Row> storages_made{
    done("<NAME>data</NAME><SIZE>8</SIZE>", R"("occi.core.title":"data")"),
    done("<SIZE>512</SIZE>", R"("occi.storage.size":0.5)"),
    done("<SIZE>8</SIZE><DESCRIPTION>of the lab</DESCRIPTION>", R"("occi.core.summary":"of the lab")"),
    refused("<URL>file:///etc/shadow</URL>", 403, "/etc/shadow"),
    // As libcloud makes a volume.
    named("<SIZE>8</SIZE><TYPE>DATABLOCK</TYPE><PUBLIC>NO</PUBLIC><PERSISTENT>YES</PERSISTENT><FSTYPE>ext3</"
          "FSTYPE>",
          "DISK/TYPE, DISK/PUBLIC, DISK/PERSISTENT, DISK/FSTYPE"),
};

// ---- OCCI ----------------------------------------------------------------------------------------------------------

const std::string infrastructure = "http://schemas.ogf.org/occi/infrastructure#";

std::string text_of(const std::string& kind, const std::string& lines) {
    return "Category: " + kind + "; scheme=\"" + infrastructure + "\"; class=\"kind\"\n" + lines;
}
std::string json_of(const std::string& kind, const std::string& members) {
    return R"({"kind":")" + infrastructure + kind + "\"," + members + "}";
}

const std::vector<Row> computes_in_text{
    named(text_of("compute", "X-OCCI-Attribute: occi.core.id=\"urn:uuid:" + words::nobody + "\""),
          "occi.core.id"),
    named(text_of("compute", "X-OCCI-Attribute: occi.compute.state=\"active\""), "occi.compute.state"),
    named(text_of("compute", "Link: </network/NETWORK>; rel=\"" + infrastructure +
                                 "network\"; occi.networkinterface.interface=\"eth7\""),
          "occi.networkinterface.interface"),
    refused(text_of("compute", "X-OCCI-Attribute: occi.compute.colour=\"red\""), 400, "occi.compute.colour"),
    refused(text_of("compute", "X-OCCI-Atribute: occi.core.title=\"x\""), 400, "X-OCCI-Atribute"),
};

const std::vector<Row> computes_in_json{
    done(json_of("compute", R"("title":"web")"), R"("occi.core.title":"web")"),
    done(json_of("compute", R"("summary":"a shop")"), R"("occi.core.summary":"a shop")"),
    named(json_of("compute", R"("titel":"web","nics":[])"), "nics, titel"),
    named(json_of("compute", R"("id":"urn:uuid:)" + words::nobody + "\""), "occi.core.id"),
    named(json_of("compute", R"("links":[{"target":{"location":"/network/NETWORK"},"speed":9}])"), "speed"),
    named(json_of("compute", R"("mixins":["urn:occi-agent:instance_type#small"],)"
                             R"("attributes":{"occi.compute.cores":3,"occi.compute.memory":1})"),
          "occi.compute.cores"),
    refused(json_of("compute", R"("attributes":{"occi.compute.colour":1})"), 400, "occi.compute.colour"),
    named(json_of("compute",
                  R"("links":[{"source":{"kind":"x","speed":9},"target":{"location":"/network/NETWORK",)"
                  R"("kind":"http://schemas.ogf.org/occi/infrastructure#network"}}])"),
          "source.kind, source.speed"),
    named(json_of("compute", R"("links":[{"target":{"location":"/network/NETWORK","kind":")" +
                                 infrastructure + R"(storage"}}])"),
          "target.kind"),
    named(R"({"resources":[)" + json_of("compute", R"("title":"web")") + R"(],"rack":7,"kinds":[]})",
          "kinds, rack"),
    restated(json_of("compute", R"("actions":[])")),
    refused(json_of("compute", R"("actions":"x")"), 400, "\"actions\" is no list"),
};

// ---- how they are sent ---------------------------------------------------------------------------------------------

struct Fixture : wire::Fixture {
    const std::string network = agent.network("10.1.0.0"), image = agent.image();

    // An element of that name stays.
    static std::string with(std::string words, const std::string& name, const std::string& id) {
        for (auto at = words.find(name, 1); at != words.npos; at = words.find(name, at + 1)) {
            const bool is_element = words[at - 1] == '<' || words.compare(at - 2, 2, "</") == 0;
            if (!is_element) words.replace(at, name.size(), id);
        }
        return words;
    }
    std::string complete(const std::string& words) {
        return with(with(words, "NETWORK", network), "IMAGE", image);
    }

    void expect(const support::Answer& answer, const std::string& path, const Row& row) {
        const auto header = answer.header("X-OCCI-Agent-Ignored");
        if (const auto* refusal = std::get_if<Refused>(&row.outcome)) {
            BOOST_TEST(answer.status == refusal->status, answer.body);
            BOOST_TEST(answer.body.find(refusal->words) != std::string::npos, answer.body);
            return;
        }
        BOOST_TEST((answer.status >= 200 && answer.status < 300), answer.body);
        const auto* names = std::get_if<Named>(&row.outcome);
        BOOST_TEST(header == (names ? names->names : ""));
        if (const auto* is = std::get_if<Done>(&row.outcome)) {
            const auto wanted = complete(is->shown);
            BOOST_TEST(
                support::eventually([&] { return read(path).dump().find(wanted) != std::string::npos; }),
                wanted << " is not in " << read(path).dump());
        }
    }
    void expect_made(const support::Answer& answer, const std::string& pool, const Row& row) {
        expect(answer, answer.status < 300 ? pool + answer.id() : pool, row);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_passed_over, Fixture)

BOOST_DATA_TEST_CASE(nothing_of_a_compute_is_dropped_without_a_word, data::make(computes_made), row) {
    expect_made(client.post("/compute", complete(inside("COMPUTE", row).body)), "/compute/", row);
}

BOOST_DATA_TEST_CASE(nothing_of_a_changed_compute_is, data::make(computes_changed), row) {
    const auto id = agent.compute("<COMPUTE><DISKS><DISK image=\"" + image + "\"/></DISKS></COMPUTE>");
    const auto body = with(complete(inside("COMPUTE", row).body), "COMPUTE", id);
    expect(client.put("/compute/" + id, body), "/compute/" + id, row);
}

BOOST_DATA_TEST_CASE(nothing_of_a_network_is, data::make(networks_made), row) {
    expect_made(client.post("/network", inside("NETWORK", row).body), "/network/", row);
}

BOOST_DATA_TEST_CASE(nothing_of_a_storage_is, data::make(storages_made), row) {
    expect_made(client.post("/storage", inside("DISK", row).body), "/storage/", row);
}

BOOST_DATA_TEST_CASE(nothing_of_occi_in_text_is, data::make(computes_in_text), row) {
    expect_made(post_text("/compute/", complete(row.body)), "/compute/", row);
}

BOOST_DATA_TEST_CASE(nothing_of_occi_in_headers_is, data::make(computes_in_text), row) {
    if (row.body.find("Atribute") != row.body.npos) return; // headers of others are nobody's business
    support::Headers headers{{"Content-Type", "text/occi"}, {"Accept", "text/plain"}};
    std::istringstream lines(complete(row.body));
    for (std::string line; std::getline(lines, line);) {
        const auto colon = line.find(": ");
        headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    expect_made(client.send("POST", "/compute/", "", headers), "/compute/", row);
}

BOOST_AUTO_TEST_CASE(nothing_in_headers_is_beside_a_document_in_the_body) {
    for (const auto* field : {"Category", "X-OCCI-Attribute", "X-OCCI-Location"}) {
        const auto answer = client.send("POST", "/compute/", json_of("compute", "\"title\":\"a\""),
                                        {{"Content-Type", "application/occi+json"}, {field, "a=1"}});
        BOOST_TEST(answer.status == 400);
        BOOST_TEST(answer.body.find(field) != std::string::npos);
    }
}

BOOST_DATA_TEST_CASE(nothing_of_occi_in_json_is, data::make(computes_in_json), row) {
    expect_made(client.send("POST", "/compute/", complete(row.body),
                            {{"Content-Type", "application/occi+json"}, {"Accept", "text/plain"}}),
                "/compute/", row);
}

const std::vector<Row> forms{
    done("occixml=%3CDISK%3E%3CSIZE%3E1%3C/SIZE%3E%3C/DISK%3E", R"("occi.storage.size")"),
    named("name=a&occixml=%3CDISK%3E%3CSIZE%3E1%3C/SIZE%3E%3CA/%3E%3C/DISK%3E&size",
          "form/name, form/size, DISK/A"),
    refused("occixml=%3CDISK%3E%3CSIZE%3E1%3C/SIZE%3E%3C/DISK%3E&occixml=b", 400, "given twice"),
};

BOOST_DATA_TEST_CASE(nothing_of_a_form_is, data::make(forms), row) {
    expect_made(
        client.send("POST", "/storage", row.body, {{"Content-Type", "application/x-www-form-urlencoded"}}),
        "/storage/", row);
}

BOOST_AUTO_TEST_CASE(a_second_document_in_the_query_is_not) {
    const std::string document = "occixml=%3CDISK%3E%3CSIZE%3E1%3C/SIZE%3E%3C/DISK%3E";
    expect_made(client.post("/storage?" + document + "&" + document, ""), "/storage/",
                refused("", 400, "given twice"));
    expect_made(client.post("/storage?" + document, "<DISK><SIZE>1</SIZE></DISK>"), "/storage/",
                refused("", 400, "given twice"));
}

BOOST_AUTO_TEST_CASE(nothing_of_an_action_in_json_is) {
    const auto id = agent.compute("<COMPUTE/>");
    const auto invocation = R"({"action":")" + infrastructure.substr(0, infrastructure.size() - 1) +
                            R"(/compute/action#suspend","delay":5,"attributes":{}})";
    for (const auto& path : {"/compute/" + id, std::string("/compute/")}) {
        expect(client.send("POST", path + "?action=suspend", invocation,
                           {{"Content-Type", "application/occi+json"}, {"Accept", "text/plain"}}),
               path, named("", "delay"));
        BOOST_TEST(agent.becomes(id, "SUSPENDED"));
        BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><STATE>RESUME</STATE></COMPUTE>").status == 202);
        BOOST_TEST(all_has_ended());
    }
}

BOOST_AUTO_TEST_CASE(nothing_of_a_mixin_in_json_is) {
    const auto define = [&](const std::string& more) {
        return client.send("POST", "/-/",
                           R"({"scheme":"http://example.org/tags#","term":"one","location":"/one/",)" + more +
                               "}",
                           {{"Content-Type", "application/occi+json"}, {"Accept", "text/plain"}});
    };
    expect(define(R"("applies":[],"title":"One")"), "/-/", named("", "applies"));
    expect(define(R"("attributes":"x")"), "/-/", refused("", 400, "\"attributes\" is no object"));
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_again_names_it_again) {
    const support::Headers key{{"Idempotency-Key", "k"}};
    for (int times = 0; times < 2; ++times) {
        const auto answer = client.send("POST", "/compute", "<COMPUTE><FOO/></COMPUTE>", key);
        BOOST_TEST(answer.status == 201);
        BOOST_TEST(answer.header("X-OCCI-Agent-Ignored") == "COMPUTE/FOO");
    }
}

BOOST_AUTO_TEST_CASE(names_are_few_and_short_and_can_be_shown) {
    std::string inside = "<A\xC3\xA4/><" + std::string(1000, 'B') + "/>";
    for (int number = 0; number < 100; ++number) inside += "<C" + std::to_string(number) + "/>";
    const auto answer = client.post("/compute", "<COMPUTE>" + inside + "</COMPUTE>");
    BOOST_TEST(answer.status == 201);
    const auto names = answer.header("X-OCCI-Agent-Ignored");
    BOOST_TEST(names.starts_with("COMPUTE/A??, COMPUTE/BBB"));
    BOOST_TEST(names.ends_with(", COMPUTE/C13, ..."));
    BOOST_TEST(names.size() < 1500U);
}

BOOST_AUTO_TEST_CASE(what_was_read_comes_back_without_a_word) {
    const auto id = agent.compute(
        "<COMPUTE><TYPE>custom</TYPE><CPU>2</CPU><MEMORY>256</MEMORY><DISKS><DISK image=\"" + image +
        "\"/><SWAP size=\"4\"/></DISKS><CONTEXT><HOSTNAME>h</HOSTNAME></CONTEXT>"
        "</COMPUTE>");
    const auto shown = client.get("/compute/" + id).body;
    BOOST_TEST(shown.find("<TYPE>custom</TYPE><CPU>2</CPU><MEMORY>256</MEMORY>") != shown.npos);
    BOOST_TEST(shown.find("</NICS><CONTEXT><HOSTNAME>h</HOSTNAME></CONTEXT>") != shown.npos);
    const auto answer = client.put("/compute/" + id, shown);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("X-OCCI-Agent-Ignored") == "");
}

BOOST_AUTO_TEST_SUITE_END()
