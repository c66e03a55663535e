#pragma once
// The whole agent with several who ask it, each with a token, a role and a group: for tests of who sees what.

#include "agent/auth/account_file.hh"
#include "agent/auth/tokens.hh"
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

namespace wire {

inline const std::string text_plain = "text/plain";

struct Who {
    std::string name;
    auth::Role role;
    std::string group{};
};
inline const std::vector<Who> all_of_them{{"ann", auth::Role::user, "den"},
                                          {"eve", auth::Role::user, "lab"},
                                          {"vic", auth::Role::viewer, "lab"},
                                          {"otto", auth::Role::operator_of_group, "lab"},
                                          {"orc", auth::Role::orchestrator, "lab"},
                                          {"dan", auth::Role::user, "den"},
                                          {"chief", auth::Role::operator_of_group, "den"},
                                          {"root", auth::Role::administrator}};
// What one has is called so, and nothing else is.
inline std::string title_of(const std::string& who) { return who + "-calls-it-so"; }

struct People : Fixture {
    support::TempFolder folder;
    std::map<std::string, std::string> authorizations;

    explicit People(service::Settings settings = support::AgentUnderTest::quick_settings())
        : Fixture(std::move(settings)) {
        const auto tokens = folder.path() / "tokens";
        auth::change_account_file(tokens, auth::AccountKind::token, [&](auth::AccountFile& all) {
            for (const auto& who : all_of_them) {
                const auto token = auth::make_token();
                all.put({who.name, auth::hash_of_token(token.reveal()), who.role, who.group});
                authorizations[who.name] = "Bearer " + token.reveal();
            }
        });
        agent.authenticator().use({.tokens = tokens});
    }

    support::Answer as(const std::string& who, const std::string& method, const std::string& target,
                       const std::string& body = {}, support::Headers more = {}) const {
        more.emplace_back("Authorization", authorizations.at(who));
        return client.send(method, target, body, more);
    }
    support::Answer text_as(const std::string& who, const std::string& method, const std::string& target,
                            const std::string& body = {}, support::Headers more = {}) const {
        more.emplace_back("Accept", text_plain);
        if (!body.empty()) more.emplace_back("Content-Type", text_plain);
        return as(who, method, target, body, more);
    }
    std::string made(const support::Answer& answer) {
        BOOST_REQUIRE_MESSAGE(answer.status == 201, answer.status << " " << answer.body);
        BOOST_REQUIRE(all_has_ended());
        return answer.id();
    }
    std::string make_storage(const std::string& who, const std::string& more = {}) {
        const auto url = agent.make_original(who + std::to_string(++originals) + ".raw");
        return made(as(who, "POST", "/storage",
                       "<DISK><NAME>" + title_of(who) + "</NAME><URL>" + url + "</URL>" + more + "</DISK>"));
    }
    std::string make_network(const std::string& who) {
        return made(as(who, "POST", "/network", "<NETWORK><NAME>" + title_of(who) + "</NAME></NETWORK>"));
    }
    std::string make_compute(const std::string& who, const std::string& inside = "<NICS/>") {
        return made(as(who, "POST", "/compute",
                       "<COMPUTE><NAME>" + title_of(who) + "</NAME>" + inside + "</COMPUTE>"));
    }
    std::string link_of(const std::string& who, const std::string& kind) {
        const auto urls = as(who, "GET", "/" + kind + "/", {}, {{"Accept", "text/uri-list"}}).body;
        return urls.substr(0, urls.find('\n')).substr(urls.rfind('/', urls.find('\n')) + 1);
    }
    support::Answer share(const std::string& who, const std::string& path, const std::string& word) {
        auto answer = text_as(who, "POST", path, words::attribute("occi_agent.share=\"" + word + "\""));
        BOOST_REQUIRE(all_has_ended());
        return answer;
    }

    unsigned originals = 0;
};

} // namespace wire
