#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/render/occi_writer.hh"
#include "tests/golden/golden.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <ostream>
#include <variant>

namespace data = boost::unit_test::data;
namespace name = occi::name;
using render::Rendering;

namespace {

constexpr auto suite = "occi_writer";
constexpr auto machine_id = "11111111-2222-4333-8444-555555555555";
constexpr auto volume_id = "22222222-2222-4333-8444-555555555555";
constexpr auto swap_id = "33333333-2222-4333-8444-555555555555";
constexpr auto nic_id = "44444444-2222-8333-8444-555555555555";
constexpr auto image_id = "6695eb01-0b1c-4a3e-9d55-3f2a8c1d7e01";
constexpr auto network_id = "aa95eb01-0b1c-4a3e-9d55-3f2a8c1d7e02";
constexpr std::uint64_t gibibyte = 1 << 30;

const occi::Model& model() {
    static const occi::Model all({{"small", 1, gibibyte}, {"odd", 3, gibibyte + 1}, {"custom", 1, gibibyte}});
    return all;
}
const occi::Model::Known& known() { return model().known(); }

// ---- what is written -----------------------------------------------------------------------------------------------

occi::Resource resource(const occi::Kind* kind, const char* id, const std::string& title) {
    occi::Resource made;
    made.id = id;
    made.kind = kind;
    made.attributes = {{name::title, title}, {name::phase, std::string("ready")}};
    return made;
}

occi::Link link(const occi::Kind* kind, const char* id, const std::string& target,
                const occi::Kind* target_kind) {
    occi::Link made;
    made.id = id;
    made.kind = kind;
    made.source = std::string("/compute/") + machine_id;
    made.target = target;
    made.target_kind = target_kind;
    return made;
}

occi::Link image_disk() {
    auto made = link(known().storagelink, volume_id, std::string("/storage/") + image_id, known().storage);
    made.attributes = {{name::deviceid, std::string("/dev/vda")},
                       {name::storagelink_state, std::string("active")}};
    return made;
}

// It ends at nothing that has a URL.
occi::Link swap_disk() {
    auto made = link(known().storagelink, swap_id, "", nullptr);
    made.mixins.push_back(known().ephemeral_disk);
    made.attributes = {{name::deviceid, std::string("/dev/vdb")},
                       {name::disk_content, std::string("swap")},
                       {name::disk_size, 0.5}};
    return made;
}

occi::Link nic() {
    auto made =
        link(known().networkinterface, nic_id, std::string("/network/") + network_id, known().network);
    made.mixins.push_back(known().ipnetworkinterface);
    made.attributes = {{name::interface, std::string("eth0")},
                       {name::mac, std::string("52:54:00:00:00:01")},
                       {name::nic_state, std::string("active")},
                       {name::nic_address, std::string("10.1.0.7")}};
    return made;
}

occi::Resource full_compute() {
    auto made = resource(known().compute, machine_id, "web");
    made.mixins.push_back(model().resource_template("small"));
    made.attributes[name::cores] = std::int64_t{1};
    made.attributes[name::memory] = 1.0;
    made.attributes[name::compute_state] = std::string("active");
    made.attributes[name::compute_message] = std::string("booted");
    made.links = {image_disk(), swap_disk(), nic()};
    made.actions = {known().stop, known().restart, known().suspend};
    return made;
}

// Nothing of it may end a line, a quoted text or the document.
occi::Resource odd_network() {
    auto made = resource(known().network, network_id, "a \"b\", c; d=\\ \xf0\x9f\x98\x80");
    made.attributes[name::reason] = std::string("line one\r\nX-OCCI-Attribute: evil=1\xff");
    return made;
}

// So small that its number would have an exponent.
occi::Resource tiny_storage() {
    auto made = resource(known().storage, image_id, "tiny");
    made.attributes[name::storage_size] = 512.0 / static_cast<double>(gibibyte);
    made.attributes["true"] = true;
    return made;
}

const std::string base = "http://node.example:4567";

render::Listing two_resources() {
    return {{base + "/compute/" + machine_id, base + "/network/" + network_id},
            {std::vector{full_compute(), odd_network()}, std::nullopt}};
}
render::Listing no_links() { return {{}, {std::nullopt, std::vector<occi::Link>()}}; }
render::Listing everything() {
    return {{base + "/storage/" + image_id, base + "/storagelink/" + volume_id},
            {std::vector{tiny_storage()}, std::vector{image_disk()}}};
}

using Document = std::variant<render::AnyEntity, render::Listing, occi::Categories>;

struct Case {
    const char* name; // of the folder below occi_writer
    Document (*document)();
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }
const std::array cases{
    Case{"compute", [] { return Document(render::AnyEntity(full_compute())); }},
    Case{"network_of_odd_text", [] { return Document(render::AnyEntity(odd_network())); }},
    Case{"storage", [] { return Document(render::AnyEntity(tiny_storage())); }},
    Case{"networkinterface", [] { return Document(render::AnyEntity(nic())); }},
    Case{"storagelink_to_nothing", [] { return Document(render::AnyEntity(swap_disk())); }},
    Case{"collection_of_two", [] { return Document(two_resources()); }},
    Case{"collection_of_no_links", [] { return Document(no_links()); }},
    Case{"collection_of_everything", [] { return Document(everything()); }},
    Case{"categories", [] { return Document(model().categories()); }},
    Case{"categories_none", [] { return Document(occi::Categories()); }},
};

// ---- in which rendering --------------------------------------------------------------------------------------------

struct Form {
    Rendering rendering;
    const char* file;
};
std::ostream& operator<<(std::ostream& out, const Form& form) { return out << form.file; }
const std::array forms{
    Form{Rendering::text_plain, "text_plain.txt"},
    Form{Rendering::text_occi, "text_occi.txt"},
    Form{Rendering::uri_list, "uri_list.txt"},
    Form{Rendering::json, "json.json"},
};

std::optional<render::Written> write(Rendering rendering, const Document& document) {
    return std::visit([&](const auto& one) { return render::write(rendering, one); }, document);
}

// The headers, if any, as on the wire.
std::string shown(const std::optional<render::Written>& written) {
    if (!written) return "more than fits\n";
    std::string all;
    for (const auto& [each, value] : written->headers) all += each + ": " + value + "\n";
    return all + (all.empty() ? "" : "\n") + written->body;
}

} // namespace

BOOST_AUTO_TEST_SUITE(occi_writer_golden)

BOOST_DATA_TEST_CASE(writes_what_is_written_down, data::make(cases) * data::make(forms), one, form) {
    std::string got;
    try {
        got = shown(write(form.rendering, one.document()));
    } catch (const Error& error) {
        got = std::string("refused: ") + error.what() + "\n";
    }
    golden::check(golden::folder() / suite / one.name / form.file, got);
}

BOOST_DATA_TEST_CASE(writes_no_line_that_is_not_a_field, data::make(cases), one) {
    const auto body = write(Rendering::text_plain, one.document())->body;
    BOOST_TEST(!body.ends_with('\n'));
    BOOST_TEST(body.find('\r') == body.npos);
    for (std::size_t at = 0; !body.empty() && at != body.npos + 1; at = body.find('\n', at) + 1) {
        const auto line = body.substr(at, body.find('\n', at) - at);
        BOOST_TEST((line.starts_with("Category: ") || line.starts_with("Link: <") ||
                    line.starts_with("X-OCCI-Attribute: ") || line.starts_with("X-OCCI-Location: ")),
                   line);
        if (body.find('\n', at) == body.npos) break;
    }
}

BOOST_DATA_TEST_CASE(writes_json_that_can_be_read, data::make(cases), one) {
    BOOST_TEST(nlohmann::json::accept(write(Rendering::json, one.document())->body));
}

BOOST_AUTO_TEST_CASE(cuts_nothing_off_what_does_not_fit_into_headers) {
    render::Listing many;
    for (int index = 0; index < 1000; ++index) many.urls.push_back(base + "/compute/" + machine_id);
    BOOST_TEST(!render::write(Rendering::text_occi, many));
    many.urls.resize(100);
    const auto written = render::write(Rendering::text_occi, many);
    BOOST_REQUIRE(written);
    BOOST_TEST(written->headers.size() == 1U); // clients read the first one of a name
    BOOST_TEST(written->body == "OK");
}

BOOST_AUTO_TEST_SUITE_END()
