// What belongs to others: by every route and in every rendering it is answered as what is not there at all, and no list
// has it. What is shared is shown, and not changed.
#define BOOST_TEST_DYN_LINK
#include "agent/api/routes.hh"
#include "tests/support/words.hh"
#include "tests/unit/http_peer.hh"
#include "tests/wire/people.hh"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace {

using http::Method;
using support::Answer, support::Headers;
using wire::text_plain, wire::title_of;

const std::vector<std::string> accepts{"",          "application/xml",       "text/plain",
                                       "text/occi", "application/occi+json", "text/uri-list"};

// None of them has anything to do with what is ann's.
const std::vector<std::string> strangers{"eve", "vic", "otto", "orc", "dan"};

// What ann has: one of every kind of thing.
using Fixture = wire::People;

struct OfAnn : Fixture {
    std::string storage = make_storage("ann"), network = make_network("ann");
    std::string compute =
        make_compute("ann", "<DISKS><DISK image=\"" + storage + "\"/></DISKS><NICS><NIC><UUID>" + network +
                                "</UUID></NIC></NICS>");
    std::string disk = link_of("ann", "storagelink"), nic = link_of("ann", "networkinterface"), operation;
    std::string mixin_location = "/annas_mixin/";
    std::string own_compute = make_compute("eve"), own_mixin = "/eves_mixin/";

    OfAnn() {
        operation = nlohmann::json::parse(as("ann", "GET", "/-/operations").body)["operations"][0]["id"];
        define("ann", "annas", mixin_location);
        define("eve", "eves", own_mixin);
        BOOST_REQUIRE(text_as("ann", "POST", mixin_location, location("/compute/" + compute)).status == 200);
        BOOST_REQUIRE(agent.chronicle().settle());
    }
    static std::string location(const std::string& path) { return "X-OCCI-Location: " + path + "\n"; }
    void define(const std::string& who, const std::string& term, const std::string& location) const {
        BOOST_REQUIRE(text_as(who, "POST", "/-/",
                              "Category: " + term + "; scheme=\"http://example.org/" + who +
                                  "#\"; class=\"mixin\"; location=\"" + location + "\"")
                          .status == 200);
    }
    std::map<std::string, std::string> ids() const {
        return {{"/compute/{id}", compute},  {"/network/{id}", network},
                {"/storage/{id}", storage},  {"/networkinterface/{id}", nic},
                {"/storagelink/{id}", disk}, {"/-/operations/{id}", operation}};
    }
    std::vector<std::string> words() const {
        return {compute, network, storage, nic, disk, operation, title_of("ann"), "annas"};
    }
    void tells_nothing(const Answer& answer) const {
        auto all = answer.body;
        for (const auto& [name, value] : answer.headers) all += value + "\n";
        for (const auto& word : words()) BOOST_TEST(!support::has(all, word), word << " is in " << all);
    }
    // Where nobody has anything.
    static std::string filled(std::string pattern, const std::string& id) {
        if (const auto hole = pattern.find("{id}"); hole != pattern.npos) pattern.replace(hole, 4, id);
        return pattern;
    }
    static std::string without(const std::string& id, std::string text) {
        for (auto at = text.find(id); at != text.npos; at = text.find(id)) text.replace(at, id.size(), "ID");
        return text;
    }
    // It is answered as one of an id that nothing has.
    void is_not_there(const std::string& who, const std::string& method, const std::string& pattern,
                      const std::string& id, const std::string& body, const Headers& headers) {
        const auto answer = as(who, method, filled(pattern, id), body, headers);
        BOOST_TEST_CONTEXT(who << ": " << method << " " << pattern << " " << body << " "
                               << (headers.empty() ? "" : headers.front().second)) {
            const bool makes_it = method == "PUT" && pattern == "/compute/{id}"; // where there is none
            if (makes_it && who != "vic") {
                BOOST_TEST((answer.status == 404 || answer.status == 400 || answer.status == 412),
                           answer.status << answer.body);
            } else {
                const auto nothing = as(who, method, filled(pattern, words::nobody), body, headers);
                BOOST_TEST(answer.status == nothing.status);
                BOOST_TEST(without(id, answer.body) == without(words::nobody, nothing.body));
                BOOST_TEST((answer.status >= 400 && answer.status < 500));
            }
        }
    }
    std::string as_it_is() const {
        static const std::regex age("\"(observed|number|percentage)\":[^,]*,");
        std::string all;
        for (const auto& [pattern, id] : ids())
            if (pattern != "/-/operations/{id}")
                all += as("ann", "GET", filled(pattern, id), {}, {{"Accept", "application/occi+json"}}).body +
                       "\n";
        return all + as("ann", "GET", mixin_location, {}, {{"Accept", "text/uri-list"}}).body;
    }
};

std::vector<std::pair<std::string, Headers>> bodies_of(Method method) {
    if (method == Method::get || method == Method::remove) {
        std::vector<std::pair<std::string, Headers>> all;
        for (const auto& accept : accepts)
            all.emplace_back("", accept.empty() ? Headers() : Headers{{"Accept", accept}});
        all.push_back({"", {{"Accept", text_plain}, {"If-Match", "\"x\""}}});
        all.push_back({"", {{"Accept", text_plain}, {"If-None-Match", "*"}}});
        return all;
    }
    const auto title = words::attribute("occi.core.title=\"x\"");
    return {{title, {{"Accept", text_plain}, {"Content-Type", text_plain}}},
            {title, {{"Accept", text_plain}, {"Content-Type", text_plain}, {"If-Match", "\"x\""}}},
            {R"({"attributes":{"occi.core.title":"x"}})",
             {{"Accept", "application/occi+json"}, {"Content-Type", "application/occi+json"}}},
            {"<COMPUTE><STATE>SUSPENDED</STATE></COMPUTE>", {{"Content-Type", "application/xml"}}}};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_others, Fixture)

// The control of all that follow: who has it finds it everywhere.
BOOST_FIXTURE_TEST_CASE(what_one_has_is_there, OfAnn) {
    for (const auto& who : {"ann", "chief", "root"})
        for (const auto& [pattern, id] : ids())
            BOOST_TEST(as(who, "GET", filled(pattern, id), {}, {{"Accept", "*/*"}}).status == 200,
                       who << pattern);
    for (const auto* path :
         {"/", "/compute/", "/network/", "/storage/", "/networkinterface/", "/storagelink/"})
        BOOST_TEST(as("ann", "GET", path, {}, {{"Accept", "text/uri-list"}}).body.size() > 30U, path);
}

BOOST_FIXTURE_TEST_CASE(what_others_have_is_there_by_no_route_and_in_no_rendering, OfAnn) {
    const auto before = as_it_is();
    const auto all = ids();
    for (const auto& route : api::all_routes()) {
        const std::string pattern(route.pattern);
        const auto id = all.find(pattern);
        if (id == all.end()) continue;
        for (const auto& who : strangers)
            for (const auto& [body, headers] : bodies_of(route.method)) {
                is_not_there(who, std::string(http::to_text(route.method)), pattern, id->second, body,
                             headers);
                if (route.method == Method::get)
                    is_not_there(who, "HEAD", pattern, id->second, body, headers);
            }
    }
    BOOST_TEST(all_has_ended());
    BOOST_TEST(as_it_is() == before);
}

BOOST_AUTO_TEST_CASE(every_route_to_one_entity_is_among_those_that_are_walked) {
    const std::vector<std::string> walked{"/compute/{id}",     "/network/{id}",
                                          "/storage/{id}",     "/networkinterface/{id}",
                                          "/storagelink/{id}", "/-/operations/{id}"},
        others{"/instance_type/{id}", "/user/{id}",
               "/-/orphans/{id}"}; // everybody's, its own test, administrators'
    for (const auto& route : api::all_routes())
        if (route.pattern.ends_with("{id}"))
            BOOST_TEST((std::ranges::find(walked, route.pattern) != walked.end() ||
                        std::ranges::find(others, route.pattern) != others.end()),
                       route.pattern);
}

BOOST_FIXTURE_TEST_CASE(no_list_has_what_others_have, OfAnn) {
    const std::vector<std::string> more{"/mixin/os_tpl/",       "/mixin/clone/",
                                        "/mixin/resource_tpl/", "/mixin/resource_tpl/small/",
                                        "/mixin/ipnetwork/",    "/mixin/ipnetworkinterface/",
                                        "/compute?verbose=true"};
    std::vector<std::string> paths = more;
    for (const auto& route : api::all_routes())
        if (route.method == Method::get && !route.pattern.ends_with("{id}")) {
            paths.emplace_back(route.pattern);
            paths.push_back(std::string(route.pattern) + "/");
        }
    for (const auto& who : strangers)
        for (const auto& path : paths)
            for (const auto& accept : accepts)
                for (const auto* method : {"GET", "HEAD"})
                    BOOST_TEST_CONTEXT(who << " " << method << " " << path << " " << accept) {
                        tells_nothing(as(who, method, path, {},
                                         accept.empty() ? Headers() : Headers{{"Accept", accept}}));
                    }
    for (const auto* filter :
         {"occi.core.title=\"ann-calls-it-so\"", "occi_agent.owner=\"ann\"", "occi_agent.group=\"den\""})
        tells_nothing(
            as("eve", "GET", "/compute/", {},
               {{"Accept", "text/plain"}, {"Content-Type", "text/occi"}, {"X-OCCI-Attribute", filter}}));
}

BOOST_FIXTURE_TEST_CASE(the_stream_of_events_has_none_of_others, OfAnn) {
    wire::Peer peer(http::parse_endpoint("127.0.0.1:" + std::to_string(client.port())));
    peer.send("GET /-/events?since=0 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
              "Authorization: " +
              authorizations.at("eve") + "\r\n\r\n");
    peer.receive(); // its head
    std::string all;
    while (all.find(own_compute) == all.npos) {
        const auto piece = peer.chunk();
        BOOST_REQUIRE((piece && !piece->empty()));
        all += *piece;
    }
    tells_nothing({200, {}, all});
}

struct Brief : wire::People {
    Brief()
        : People([] {
              auto settings = support::AgentUnderTest::quick_settings();
              settings.proof_time = std::chrono::milliseconds(50);
              return settings;
          }()) {}
};
BOOST_FIXTURE_TEST_CASE(a_stream_ends_so_that_it_is_proven_anew_who_reads_it, Brief) {
    const auto stream_ends = [&](const std::string& authorization) {
        wire::Peer peer(http::parse_endpoint("127.0.0.1:" + std::to_string(client.port())));
        peer.send("GET /-/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                  "Authorization: " +
                  authorization + "\r\n\r\n");
        peer.receive();                // its head
        constexpr int most_pieces = 3; // a stream that goes on gives signs of life for ever
        for (int i = 0; i < most_pieces; ++i)
            if (const auto piece = peer.chunk(); !piece || piece->empty()) return piece.has_value();
        return false;
    };
    BOOST_TEST(stream_ends(authorizations.at("eve")));
}

BOOST_FIXTURE_TEST_CASE(mixins_and_tags_of_others_are_not_there, OfAnn) {
    for (const auto& route : api::all_mixin_routes())
        for (const auto& who : strangers) {
            const auto method = std::string(http::to_text(route.method));
            const auto body =
                method == "GET" || method == "DELETE" ? "" : location("/compute/" + own_compute);
            const auto answer = text_as(who, method, mixin_location, body),
                       nothing = text_as(who, method, "/nobodys_mixin/", body);
            BOOST_TEST_CONTEXT(who << " " << method) {
                BOOST_TEST(answer.status == nothing.status);
                BOOST_TEST((answer.status == 404 || answer.status == 403 || answer.status == 405),
                           answer.body);
            }
        }
    const auto of_ann = "Category: annas; scheme=\"http://example.org/ann#\"; class=\"mixin\"\n";
    BOOST_TEST(text_as("eve", "DELETE", "/-/", of_ann).status == 404);
    const auto of_nobody = "Category: nobodys; scheme=\"http://example.org/ann#\"; class=\"mixin\"\n";
    BOOST_TEST(text_as("eve", "POST", "/compute/" + own_compute, of_ann).status ==
               text_as("eve", "POST", "/compute/" + own_compute, of_nobody).status);
    // Nor can one's own be given to what is another's.
    for (const auto* method : {"POST", "PUT", "DELETE"})
        for (const auto& path : {"/compute/" + compute, "/network/" + network, "/storagelink/" + disk})
            BOOST_TEST(text_as("eve", method, own_mixin, location(path)).status == 404, method << path);
}

BOOST_FIXTURE_TEST_CASE(what_is_done_to_all_is_done_to_none_of_others, OfAnn) {
    const auto before = as_it_is();
    for (const auto& who : strangers) {
        for (const auto* kind : {"compute", "network", "storage", "networkinterface", "storagelink"})
            BOOST_TEST(text_as(who, "DELETE", std::string("/") + kind + "/").status == 403);
        text_as(who, "POST", "/compute/?action=stop");
        text_as(who, "POST", "/storage/?action=offline");
        text_as(who, "POST", "/network/?action=down");
        text_as(who, "POST", "/mixin/os_tpl/?action=stop");
        text_as(who, "POST", own_mixin + "?action=stop");
        text_as(who, "POST", "/mixin/resource_tpl/small/?action=stop");
    }
    BOOST_TEST(all_has_ended());
    BOOST_TEST(as_it_is() == before);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_made_of_what_others_have, OfAnn) {
    const auto same = [&](const std::string& method, const std::string& target, const std::string& body,
                          const std::string& id, const std::string& type = text_plain) {
        const auto ask = [&](const std::string& with) {
            return as("eve", method, target, with, {{"Content-Type", type}, {"Accept", type}});
        };
        auto other = body;
        for (auto at = other.find(id); at != other.npos; at = other.find(id))
            other.replace(at, id.size(), words::nobody);
        const auto answer = ask(body), nothing = ask(other);
        BOOST_TEST_CONTEXT(method << " " << target << " " << body) {
            BOOST_TEST(answer.status == nothing.status);
            BOOST_TEST(without(id, answer.body) == without(words::nobody, nothing.body));
            BOOST_TEST((answer.status == 400 || answer.status == 404));
        }
    };
    const std::string os_template = "urn:occi-agent:os_tpl#";
    const auto mine = "/compute/" + own_compute, xml = std::string("application/xml");
    same("POST", "/networkinterface/", words::link("networkinterface", mine, "/network/" + network), network);
    same("POST", "/networkinterface/",
         words::link("networkinterface", "/compute/" + compute, "/network/" + network), compute);
    same("POST", "/storagelink/", words::link("storagelink", mine, "/storage/" + storage), storage);
    same("POST", "/storagelink/", words::link("storagelink", "/compute/" + compute, "/storage/" + storage),
         compute);
    same("POST", "/storagelink/",
         words::link("storagelink", mine, "/storage/" + storage) +
             words::mixin_line("clone", "urn:occi-agent:mixin#") + "\n",
         storage);
    same("POST", mine, words::link_to("/network/" + network), network);
    same("POST", "/compute/", words::kind("compute") + words::link_to("/storage/" + storage), storage);
    same("POST", "/compute", "<COMPUTE><DISKS><DISK image=\"" + storage + "\"/></DISKS></COMPUTE>", storage,
         xml);
    same("POST", "/compute", "<COMPUTE><NICS><NIC><UUID>" + network + "</UUID></NIC></NICS></COMPUTE>",
         network, xml);
    same("PUT", mine, "<COMPUTE><DISKS><DISK image=\"" + storage + "\"/></DISKS></COMPUTE>", storage, xml);
    const auto both = [&](const std::string& kind, const std::string& path) {
        const auto one = R"({"kind":"http://schemas.ogf.org/occi/infrastructure#)" + kind +
                         R"(","source":{"location":")" + mine + R"("},"target":{"location":")" + path +
                         R"("}})";
        return R"({"links":[)" + one + "," + one + "]}";
    };
    same("POST", "/networkinterface/", both("networkinterface", "/network/" + network), network,
         "application/occi+json");
    same("POST", "/storagelink/", both("storagelink", "/storage/" + storage), storage,
         "application/occi+json");
    for (const auto* action : {"backup", "snapshot", "resize", "offline"})
        BOOST_TEST(text_as("eve", "POST", "/storage/" + storage + "?action=" + action).status == 404);
    BOOST_TEST(text_as("eve", "POST", "/compute/" + compute + "?action=save").status == 404);
    BOOST_TEST(
        !words::category_in(text_as("ann", "GET", "/-/").body, "ann-calls-it-so", os_template).empty());
    const auto of_template = [&](const std::string& term) {
        return text_as("eve", "POST", "/compute/", words::kind("compute") + words::mixin(term, os_template))
            .status;
    };
    BOOST_TEST(of_template("ann-calls-it-so") == of_template("nobody-calls-it-so"));
    BOOST_TEST(as("eve", "GET", "/-/orphans").status == 403);
}

// What somebody else is answered is not what was put together for the owner.
BOOST_FIXTURE_TEST_CASE(what_was_written_for_one_is_not_shown_to_another_of_the_name, OfAnn) {
    const auto as_namesake = [&](const std::string& group) {
        return as("root", "GET", "/storage/" + storage, {},
                  {{"Accept", text_plain}, {"X-On-Behalf-Of", "chief"}, {"X-On-Behalf-Of-Group", group}});
    };
    BOOST_TEST(text_as("chief", "GET", "/storage/" + storage).status == 200);
    BOOST_TEST(as_namesake("den").status == 404); // a user of that name is no operator
}

BOOST_AUTO_TEST_SUITE_END()
