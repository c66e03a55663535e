#define BOOST_TEST_DYN_LINK
#include "agent/api/negotiation.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

const occi::Model& model() {
    static const occi::Model all({{"small", 1, 1 << 30}});
    return all;
}

http::Head head(const std::string& path, http::Headers headers) {
    http::Head made;
    made.method = http::Method::get;
    made.path = path;
    made.headers = std::move(headers);
    return made;
}

struct Row {
    std::string path;
    http::Headers headers;
    std::string media; // that is chosen; empty: 406
    bool has_opennebula = true;
};
std::ostream& operator<<(std::ostream& out, const Row& row) {
    out << row.path;
    for (const auto& [name, value] : row.headers) out << " | " << name << ": " << value;
    return out;
}

const std::string browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";
const std::string java = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";
const std::string category =
    "compute; scheme=\"http://schemas.ogf.org/occi/infrastructure#\"; class=\"kind\"";

const std::vector<Row> rows{
    // By Accept alone.
    {"/compute", {{"Accept", "text/plain"}}, "text/plain"},
    {"/compute", {{"Accept", "text/occi+plain"}}, "text/occi+plain"},
    {"/compute", {{"Accept", "text/occi"}}, "text/occi"},
    {"/compute", {{"Accept", "text/uri-list"}}, "text/uri-list"},
    {"/compute", {{"Accept", "application/occi+json"}}, "application/occi+json"},
    {"/compute", {{"Accept", "application/json"}}, "application/json"},
    {"/compute", {{"Accept", "application/xml"}}, "application/xml"},
    {"/compute/", {{"Accept", "text/xml"}}, "text/xml"},
    {"/compute", {{"Accept", "Text/Plain; charset=utf-8"}}, "text/plain"},
    // Lists: as rOCCI, jOCCI and IM send them.
    {"/compute", {{"Accept", "text/plain,text/occi"}}, "text/plain"},
    {"/compute", {{"Accept", "text/occi,text/plain"}}, "text/occi"},
    {"/compute", {{"Accept", "text/html, text/uri-list"}}, "text/uri-list"},
    {"/compute", {{"Accept", "text/html"}, {"Accept", "application/json"}}, "application/json"},
    {"/compute", {{"Accept", ",, text/occi ,"}}, "text/occi"},
    // Qualities.
    {"/compute", {{"Accept", "text/plain;q=0.5, application/json"}}, "application/json"},
    {"/compute", {{"Accept", "text/plain;q=0.5, application/json;q=0.501"}}, "application/json"},
    {"/compute", {{"Accept", "text/plain; q=.5, application/json; Q=0.4"}}, "text/plain"},
    {"/compute", {{"Accept", "application/json;q=nonsense, text/plain;q=0.9"}}, "application/json"},
    {"/compute", {{"Accept", "text/plain;q=0, text/occi;q=0.1"}}, "text/occi"},
    {"/compute/", {{"Accept", "text/plain;q=0, */*"}}, "text/occi+plain"},
    {"/compute", {{"Accept", "text/plain;q=0"}}, ""},
    // Wildcards mean the family's own, and what is named wins over them.
    {"/compute", {{"Accept", "*/*"}}, "application/xml"},
    {"/compute/", {{"Accept", "*/*"}}, "text/plain"},
    {"/compute", {{"Accept", "application/*"}}, "application/xml"},
    {"/compute/", {{"Accept", "application/*"}}, "application/occi+json"},
    {"/compute", {{"Accept", "text/*"}}, "text/plain"},
    {"/compute", {{"Accept", "*/*, application/json"}}, "application/json"},
    {"/compute", {{"Accept", browser}}, "application/xml"},
    {"/compute", {{"Accept", java}}, "application/xml"},
    {"/compute/", {{"Accept", java}}, "text/plain"},
    // Nothing that is known.
    {"/compute", {{"Accept", "text/html"}}, ""},
    {"/compute/", {{"Accept", "image/png, text/html;q=0.1"}}, ""},
    {"/-/", {{"Accept", "application/xml"}}, "", false},
    {"/-/", {{"Accept", browser}}, "text/plain", false},
    // By what else is said.
    {"/compute", {}, "application/xml"},
    {"/compute", {{"Accept", ""}}, "application/xml"},
    {"/compute", {{"Content-Type", "text/occi"}}, "text/plain"},
    {"/compute", {{"Content-Type", "text/plain,text/occi"}}, "text/plain"},
    {"/compute", {{"Content-Type", "application/occi+json"}, {"Accept", "*/*"}}, "text/plain"},
    {"/compute", {{"Content-Type", "text/occi"}, {"Accept", "application/xml"}}, "application/xml"},
    {"/compute", {{"Content-Type", "text/occi"}, {"Accept", "application/json"}}, "application/json"},
    {"/compute", {{"Category", category}}, "text/plain"},
    {"/compute", {{"x-occi-attribute", "occi.compute.cores=1"}}, "text/plain"},
    {"/compute", {{"X-Auth-Token", "abc"}}, "text/plain"},
    {"/compute", {{"User-Agent", "rOCCI-core/4.3 OCCI/1.1 Ruby"}}, "text/plain"},
    {"/compute", {{"User-Agent", "OCCI/x.y"}}, "application/xml"},
    {"/compute", {{"User-Agent", "libcloud/3.4.1 (OpenNebula (v1.4)) "}}, "application/xml"},
    {"/compute/", {{"Content-Type", "application/xml"}}, "application/xml"},
    {"/compute/", {{"Content-Type", "multipart/form-data; boundary=x"}}, "application/xml"},
    // By the URL.
    {"/", {}, "application/xml"},
    {"/compute/", {}, "text/plain"},
    {"/network/", {}, "text/plain"},
    {"/mixin/ipnetwork/", {}, "text/plain", false},
    {"/instance_type/", {}, "application/xml"},
    {"/instance_type/small", {}, "application/xml"},
    {"/instance_type/small/", {}, "text/plain"},
    {"/compute/6695eb01-0000-4000-8000-000000000001/", {}, "application/xml"},
    {"/-/", {}, "text/plain", false},
};

std::string chosen(const Row& row) {
    const auto asked = head(row.path, row.headers);
    try {
        const auto family = row.has_opennebula ? api::family_of(asked, model()) : api::Family::occi;
        return std::string(api::negotiate(asked, family, row.has_opennebula).type);
    } catch (const api::NotAcceptable&) {
        return "";
    }
}

struct ErrorRow {
    std::string accept, media;
};
std::ostream& operator<<(std::ostream& out, const ErrorRow& row) { return out << row.accept; }
const std::vector<ErrorRow> errors{
    {"", "text/plain"},
    {"*/*", "text/plain"},
    {"text/html", "text/plain"},
    {"text/uri-list", "text/plain"}, // a sentence is no URL
    {"text/occi", "text/occi"},
    {"text/occi+plain", "text/occi+plain"},
    {"application/json", "application/json"},
    {"application/occi+json", "application/occi+json"},
    {"text/html,application/xml;q=0.9,*/*;q=0.8", "application/xml"},
    {"text/xml", "text/xml"},
    {"text/plain, application/json;q=0.5", "text/plain"},
    {"text/html, application/json;q=0.5", "application/json"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_negotiation)

BOOST_DATA_TEST_CASE(chooses, data::make(rows), row) { BOOST_TEST(chosen(row) == row.media); }

BOOST_AUTO_TEST_CASE(says_what_there_is_when_there_is_nothing_to_choose) {
    const auto says = [](const std::string& path, bool has_opennebula, const std::string& what) {
        try {
            api::negotiate(head(path, {{"Accept", "text/html"}}), api::Family::occi, has_opennebula);
        } catch (const api::NotAcceptable& refusal) {
            return std::string(refusal.what()).find(what) != std::string::npos;
        }
        return false;
    };
    BOOST_TEST(says("/compute/", true, "/compute/ cannot be had as what Accept names"));
    BOOST_TEST(says("/compute/", true, "text/plain, text/occi+plain, application/occi+json"));
    BOOST_TEST(says("/compute/", true, "application/xml"));
    BOOST_TEST(!says("/-/", false, "application/xml"));
}

BOOST_DATA_TEST_CASE(tells_errors_in, data::make(errors), row) {
    BOOST_TEST(api::media_of_errors(head("/", {{"Accept", row.accept}})).type == row.media);
}

BOOST_AUTO_TEST_CASE(takes_the_first_known_type_of_what_was_sent) {
    const auto sent = [](const char* type) {
        const auto* media = api::sent_media(head("/", {{"Content-Type", type}}));
        return media ? std::string(media->type) : "none";
    };
    BOOST_TEST(sent("text/plain,text/occi") == "text/plain");
    BOOST_TEST(sent("TEXT/OCCI; charset=utf-8") == "text/occi");
    BOOST_TEST(sent("application/pdf, application/json") == "application/json");
    BOOST_TEST(sent("application/pdf") == "none");
    BOOST_TEST(sent("*/*") == "none");
    BOOST_TEST(sent("") == "none");
}

BOOST_AUTO_TEST_SUITE_END()
