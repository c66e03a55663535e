// jOCCI 0.2, as its library writes requests, against this agent.
#define BOOST_TEST_DYN_LINK
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"
#include "tests/conformance/clause.hh"
#include "tests/conformance/conversation.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace conformance {
namespace {

constexpr auto their_compute = "3020081b65cd4fce9166525a8455c28a";

// In text/occi it splits the first header of a name at each comma, and takes a blank behind one for a part of what
// follows.
std::vector<std::string> pieces(const std::string& value) {
    auto all = text::split(value, ',');
    for (const auto& each : all) BOOST_TEST(!each.starts_with(' '), each);
    return all;
}

std::vector<std::string> categories(const Answer& answer, bool by_headers) {
    return by_headers ? pieces(answer.header("Category")) : lines_of(answer.body, "Category");
}
// It knows no other place for them.
std::vector<std::string> locations(const Answer& answer, bool by_headers) {
    return by_headers ? pieces(answer.header("Location")) : lines_of(answer.body, "X-OCCI-Location");
}

void is_served(Provider& it, const std::string& file, bool by_headers) {
    const auto standing = it.standing();
    Conversation talk(it, file);
    for (const auto& line : lines_of(it.get("/-/").body, "Category"))
        if (line.starts_with("small; ") && parameter(line, "rel") == infrastructure + "resource_tpl")
            talk.put(parameter(line, "scheme"), "http://mock.test/occi/resource_tpl#");

    BOOST_TEST(talk.next("HEAD /-/").status == 200);
    const auto model = categories(talk.next("GET /-/"), by_headers);
    BOOST_TEST(model.size() > 10U);
    for (const auto& line : model)
        if (parameter(line, "class") == "kind") BOOST_TEST(!parameter(line, "location").empty(), line);

    const auto is_in = [](const std::vector<std::string>& urls, const std::string& url) {
        return std::ranges::find(urls, url) != urls.end();
    };
    BOOST_TEST(is_in(locations(talk.next("GET /network/"), by_headers), it.base() + standing.network));
    BOOST_TEST(is_in(locations(talk.next("GET /"), by_headers), it.base() + standing.compute));

    const auto made = talk.next("POST /compute/");
    BOOST_REQUIRE_MESSAGE(made.status == 201, made.body);
    const auto url = locations(made, by_headers).front();
    const auto compute = path_of(url);
    talk.put(compute.substr(compute.rfind('/') + 1), their_compute);
    BOOST_TEST(it.becomes(compute, "occi.compute.state", "active"));
    BOOST_TEST(is_in(locations(talk.next("GET /compute/"), by_headers), url));

    const auto shown = talk.next(std::string("GET /compute/") + their_compute);
    BOOST_TEST(categories(shown, by_headers).front().starts_with("compute; "));
    const auto attributes =
        by_headers ? pieces(shown.header("X-OCCI-Attribute")) : lines_of(shown.body, "X-OCCI-Attribute");
    BOOST_TEST(is_in(attributes, "occi.core.title=\"jocci\""));
    BOOST_TEST(is_in(attributes, "occi.compute.state=\"active\""));

    BOOST_TEST(talk.next(std::string("POST /compute/") + their_compute + "?action=suspend").status == 200);
    BOOST_TEST(it.becomes(compute, "occi.compute.state", "suspended"));
    const auto gone = talk.next(std::string("DELETE /compute/") + their_compute);
    BOOST_TEST(gone.status == 200);
    BOOST_TEST(gone.body == "OK");
    BOOST_TEST(talk.is_over());
}

const Chapter chapter("clients_jocci",
                      {
                          {"jOCCI 0.2", must, "is served in text/plain",
                           [](Provider& it) { is_served(it, "jocci_text_plain.txt", false); }},
                          {"jOCCI 0.2", must, "is served in text/occi",
                           [](Provider& it) { is_served(it, "jocci_text_occi.txt", true); }},
                      });

} // namespace
} // namespace conformance
