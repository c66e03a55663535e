#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/render/entity_reader.hh"
#include "agent/render/field_reader.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace data = boost::unit_test::data;
namespace name = occi::name;

namespace {

const std::string schema = "http://schemas.ogf.org/occi/";
const std::string infrastructure = schema + "infrastructure#";
const std::string network_id = "aa95eb01-0b1c-4a3e-9d55-3f2a8c1d7e02";

const occi::Model& model() {
    static const occi::Model all({{"small", 1, 1 << 30}});
    return all;
}
// With one mixin that comes and goes.
render::Vocabulary words() {
    return {model(), [](const occi::TypeId& id) {
                if (id.text() != "http://example.com/mine#tag") return occi::MixinRef();
                auto mixin = std::make_shared<occi::Mixin>();
                mixin->id = id;
                return occi::MixinRef(std::move(mixin));
            }};
}

std::vector<render::Sent> read_all(const std::string& document) {
    if (document.starts_with('{') || document.starts_with('['))
        return render::read_json_entities(document, words());
    return {render::read_entity(render::read_lines(document), words(), false)};
}
render::Sent read(const std::string& document) { return read_all(document).front(); }

std::string category(const std::string& term, const std::string& scheme = infrastructure) {
    return "Category: " + term + "; scheme=\"" + scheme + "\"; class=\"x\"\n";
}
std::string attribute(const std::string& assignment) { return "X-OCCI-Attribute: " + assignment + "\n"; }

// A compute with two cores, a title, a tag, and a NIC.
const std::vector<std::string> spellings{
    category("compute") + category("tag", "http://example.com/mine#") +
        attribute("occi.core.title=\"a, b; c\"") + attribute("occi.core.id=\"urn:uuid:x\"") +
        attribute("occi.compute.cores=2") + "Link: </network/" + network_id + ">; rel=\"" + infrastructure +
        "network\"; self=\"/networkinterface/y\"; category=\"" + infrastructure +
        "networkinterface\"; occi.networkinterface.mac=\"52:54:00:00:00:01\"",
    // In two fields, by commas, with names of older servers, an absolute URL, and an action that was read.
    "X-OCCI-Category: compute;scheme=\"" + infrastructure + "\", tag;scheme=http://example.com/mine#\r\n" +
        "x-occi-attribute: occi.core.title=\"a, b; c\", occi.core.id=\"x\", occi.compute.cores=2\r\n" +
        "X-OCCI-Link: <http://127.0.0.1:8080//network/urn:uuid:" + network_id +
        ">;occi.networkinterface.mac=\"52:54:00:00:00:01\";self=\"http://h/networkinterface/y\"," +
        "</compute/x?action=start>; rel=\"" + schema + "infrastructure/compute/action#start\"\r\n",
    // With the link's own URL between the brackets.
    category("tag", "http://example.com/mine#") + category("compute") + attribute("occi.compute.cores=2") +
        attribute("occi.core.title=\"a, b; c\"") + attribute("occi.core.id=\"x\"") +
        "Link: </networkinterface/y>; rel=\"" + infrastructure + "networkinterface\"; category=\"" +
        infrastructure + "networkinterface\"; self=\"/networkinterface/y\"; occi.core.target=\"/network/" +
        network_id + "\"; occi.networkinterface.mac=\"52:54:00:00:00:01\"",
    // GFD.226.
    R"({"kind":")" + infrastructure + R"(compute","mixins":["http://example.com/mine#tag"],"id":"urn:uuid:x",
        "title":"a, b; c","attributes":{"occi.compute.cores":2,"occi.core.id":"x"},"actions":["x"],
        "links":[{"kind":")" +
        infrastructure + R"(networkinterface","id":"y","target":{"location":"/network/)" + network_id +
        R"(","kind":"x"},"attributes":{"occi.networkinterface.mac":"52:54:00:00:00:01"}}]})",
    // The draft of 2012.
    R"({"resources":[{"kind":{"scheme":")" + infrastructure + R"(","term":"compute"},"id":"x",
        "mixins":[{"scheme":"http://example.com/mine#","term":"tag"}],
        "attributes":{"occi":{"core":{"title":"a, b; c"},"compute":{"cores":2}}},
        "links":[{"target":"/network/)" +
        network_id +
        R"(","id":"y","attributes":{"occi":{"networkinterface":{"mac":"52:54:00:00:00:01"}}}}]}]})",
};

const std::string compute = category("compute");
const std::string json_compute = R"({"kind":")" + infrastructure + R"(compute")";
const std::vector<std::string> unreadable{
    "Category: compute",
    "Category: compute; scheme=\"" + infrastructure,
    compute + category("network"),
    compute + category("start", schema + "infrastructure/compute/action#"),
    compute + "X-OCCI-Attribute: occi.compute.cores",
    compute + attribute("a=1") + attribute("a=1"),
    compute + attribute("occi.core.id=1"),
    compute + "X-Unheard-Of: x",
    compute + "no field",
    compute + "Link: /network/x",
    compute + "Link: </network/x>; rel",
    compute + "Link: </network/x> rel=\"x\"",
    compute + "Link: </elsewhere/x>; rel=\"x#y\"",
    compute + "Link: </network/x>; category=\"networkinterface\"",
    "{",
    "[]",
    "{\"resources\":{}}",
    R"({"kind":1})",
    R"({"kind":"compute"})",
    R"({"kind":"http://example.com/mine#tag"})",
    json_compute + R"(,"kind":"x"})",
    json_compute + R"(,"mixins":"x"})",
    json_compute + R"(,"mixins":[1]})",
    json_compute + R"(,"attributes":[]})",
    json_compute + R"(,"attributes":{"a":null}})",
    json_compute + R"(,"attributes":{"a":[1]}})",
    json_compute + R"(,"attributes":{"a.b":{"c":1}}})",
    json_compute + R"(,"attributes":{"a":{"b":1},"a.b":1}})",
    json_compute + R"(,"title":1})",
    json_compute + R"(,"id":"a","attributes":{"occi.core.id":"b"}})",
    json_compute + R"(,"links":[{}]})",
    json_compute + R"(,"attributes":)" + std::string(50, '{') + std::string(50, '}') + "}",
};
const std::vector<std::string> unknown{
    category("computer"),
    compute + category("tag", "http://example.com/other#"),
    R"({"kind":"http://example.com/other#x"})",
    json_compute + R"(,"mixins":["http://example.com/other#x"]})",
};

bool has_fault(const std::string& document, Fault fault) {
    try {
        read_all(document);
    } catch (const Error& failure) {
        BOOST_TEST_INFO_SCOPE(failure.what());
        return failure.fault() == fault;
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(occi_entity_reader)

BOOST_DATA_TEST_CASE(reads_the_same_in_every_spelling, data::make(spellings), document) {
    const auto sent = read(document);
    BOOST_TEST(sent.kind == model().known().compute);
    BOOST_REQUIRE(sent.mixins.size() == 1U);
    BOOST_TEST(sent.mixins.front()->id.text() == "http://example.com/mine#tag");
    BOOST_TEST(sent.id == "x");
    BOOST_TEST(std::get<std::string>(sent.attributes.at(name::title)) == "a, b; c");
    BOOST_TEST(std::get<std::int64_t>(sent.attributes.at(name::cores)) == 2);
    BOOST_TEST(sent.attributes.size() == 2U);
    BOOST_REQUIRE(sent.links.size() == 1U);
    const auto& link = sent.links.front();
    BOOST_TEST(link.kind == model().known().networkinterface);
    BOOST_TEST(link.target == "/network/" + network_id);
    BOOST_TEST(link.self == "/networkinterface/y");
    BOOST_TEST(std::get<std::string>(link.attributes.at(name::mac)) == "52:54:00:00:00:01");
}

// Which of the two is meant depends on what was shown.
BOOST_AUTO_TEST_CASE(keeps_a_member_of_json_beside_an_attribute_that_says_something_else) {
    const auto sent = read(json_compute + R"(,"title":"a","attributes":{"occi.core.title":"b"}})");
    BOOST_TEST(std::get<std::string>(sent.attributes.at(name::title)) == "b");
    BOOST_TEST(std::get<std::string>(sent.otherwise.at(name::title)) == "a");
    BOOST_TEST(
        read(json_compute + R"(,"title":"a","attributes":{"occi.core.title":"a"}})").otherwise.empty());
}

// In our own words: where it is, and not what the library calls it.
BOOST_AUTO_TEST_CASE(says_at_which_place_json_is_none) {
    const auto says = [](const std::string& document, const std::string& words) {
        try {
            read_all(document);
        } catch (const Error& failure) {
            const std::string_view said = failure.what();
            BOOST_TEST_INFO_SCOPE(said);
            return failure.fault() == Fault::invalid && said.find(words) != said.npos &&
                   said.find("json.exception") == said.npos;
        }
        return false;
    };
    BOOST_TEST(says("{\"kind\": ", "it ends at line 1, column 9"));
    BOOST_TEST(says("{\"kind\":\n \"x\",}", "\"}\" at line 2, column 6 cannot stand there"));
    BOOST_TEST(says("{\"a\": 1e999}", "the number that ends at line 1, column 11 is too large"));
    BOOST_TEST(says("{\"a\": \"\xff\"}", "\"\\xff\" at line 1, column 8"));
    BOOST_TEST(says("{\"a\": tru}", "\"}\" at line 1, column 10"));
    BOOST_TEST(says("{\"a\": 1}}", "\"}\" at line 1, column 9"));
    BOOST_TEST(says("[", "it ends at line 1, column 1"));
}

BOOST_DATA_TEST_CASE(refuses_what_it_cannot_understand, data::make(unreadable), document) {
    BOOST_TEST(has_fault(document, Fault::invalid));
}

BOOST_DATA_TEST_CASE(says_which_category_nobody_knows, data::make(unknown), document) {
    BOOST_TEST(has_fault(document, Fault::not_found));
}

BOOST_AUTO_TEST_CASE(takes_headers_among_others) {
    const render::Fields headers{{"Host", "127.0.0.1"},
                                 {"Category", "compute; scheme=\"" + infrastructure + "\"; class=\"kind\""},
                                 {"Accept", "text/occi"}};
    BOOST_TEST(render::read_entity(headers, words(), true).kind == model().known().compute);
}

BOOST_AUTO_TEST_CASE(reads_a_link_by_itself) {
    const auto sent =
        read(category("networkinterface") + attribute("occi.core.source=\"http://h/compute/urn:uuid:c\"") +
             attribute("occi.core.target=\"/network/n\"") +
             attribute("occi.core.target.kind=\"" + infrastructure + "network\""));
    BOOST_TEST(sent.source == "/compute/c");
    BOOST_TEST(sent.target == "/network/n");
    BOOST_TEST(sent.attributes.empty());
}

BOOST_AUTO_TEST_CASE(reads_a_collection_of_resources_and_links) {
    const auto all = read_all(R"({"resources":[{"kind":")" + infrastructure + R"(network"},{"kind":")" +
                              infrastructure + R"(storage"}],"links":[{"kind":")" + infrastructure +
                              R"(storagelink","source":{"location":"/compute/c"},"target":"/storage/s"}]})");
    BOOST_REQUIRE(all.size() == 3U);
    BOOST_TEST(all[1].kind == model().known().storage);
    BOOST_TEST(all[2].source == "/compute/c");
    BOOST_TEST(all[2].target == "/storage/s");
}

BOOST_AUTO_TEST_CASE(takes_no_more_than_anybody_needs) {
    std::string lines = compute, attributes;
    for (int index = 0; index < 10'000; ++index) {
        lines += attribute("a" + std::to_string(index) + "=1");
        attributes += (attributes.empty() ? "\"a" : ",\"a") + std::to_string(index) + "\":1";
    }
    BOOST_TEST(has_fault(lines, Fault::too_large));
    BOOST_TEST(has_fault(json_compute + ",\"attributes\":{" + attributes + "}}", Fault::too_large));
    std::string entities;
    for (int index = 0; index < 101; ++index) entities += (entities.empty() ? "" : ",") + json_compute + "}";
    BOOST_TEST(has_fault("{\"resources\":[" + entities + "]}", Fault::too_large));
}

BOOST_AUTO_TEST_CASE(reads_lists_of_locations) {
    const std::vector<std::string> wanted{"/compute/a", "/network/b"};
    BOOST_TEST(render::read_locations(render::read_lines(
                   "X-OCCI-Location: http://h:1/compute/a\nX-OCCI-Location: /network/urn:uuid:b")) == wanted);
    BOOST_TEST(render::read_locations(
                   render::read_lines("x-occi-location: http://h/compute/a, http://h/network/b")) == wanted);
    BOOST_TEST(render::read_uri_list("# all\r\nhttp://h/compute/a\r\nhttp://h/network/b\r\n") == wanted);
    BOOST_TEST(render::read_json_locations(R"({"resources":[{"kind":")" + infrastructure +
                                               R"(compute","id":"urn:uuid:a"},{"kind":")" + infrastructure +
                                               R"(network","id":"b"}]})",
                                           words()) == wanted);
}

BOOST_AUTO_TEST_SUITE_END()
