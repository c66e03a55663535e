// What it costs to prove who one is, when it has been proven a moment ago.
#include "agent/auth/account_file.hh"
#include "agent/auth/passwords.hh"
#include "agent/auth/tokens.hh"
#include "tests/bench/benchmarks.hh"
#include "tests/bench/measure.hh"
#include "tests/bench/wrk.hh"
#include "tests/support/basic.hh"
#include "tests/support/eventually.hh"
#include "tests/support/signing_key.hh"

#include <csignal>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace bench {
namespace {

constexpr int rounds = 5;
constexpr unsigned connections = 8, wrk_seconds = 2;
constexpr double least = 0.95;

struct Identity {
    std::string what, section, header;
};

// The agent goes on with that section, and answers accordingly.
void use(const Stage& stage, const std::string& section) {
    stage.agent.configure(section);
    ::kill(stage.agent.pid(), SIGHUP);
    const int wanted = section.empty() ? 200 : 401;
    if (!support::eventually([&] { return stage.client.get("/compute").status == wanted; }))
        throw std::runtime_error("the agent does not take its new configuration");
}

std::vector<Identity> identities(const std::filesystem::path& folder) {
    const auto passwords = folder / "passwords", tokens = folder / "tokens", keys = folder / "jwks.json";
    const auto token = auth::make_token();
    auth::change_account_file(passwords, auth::AccountKind::password, [](auth::AccountFile& all) {
        all.put({"alice", auth::hash_for("secret", false), auth::Role::administrator});
    });
    auth::change_account_file(tokens, auth::AccountKind::token, [&](auth::AccountFile& all) {
        all.put({"front", auth::hash_of_token(token.reveal()), auth::Role::administrator});
    });
    const auto key = support::SigningKey::rsa("one");
    std::ofstream(keys) << nlohmann::json{{"keys", {key.jwk()}}}.dump();
    constexpr std::time_t hour = 3600;
    const auto jwt = key.token("RS256", {{"iss", "https://issuer.example"},
                                         {"aud", "node"},
                                         {"sub", "alice"},
                                         {"roles", {"ops"}},
                                         {"exp", std::time(nullptr) + hour}});
    return {{"Basic", "[auth]\npasswords=" + passwords.string() + "\n",
             "Authorization: " + support::basic("alice", "secret")},
            {"a static token", "[auth]\ntokens=" + tokens.string() + "\n",
             "Authorization: Bearer " + token.reveal()},
            {"a JWT by RS256",
             "[auth]\nissuer=https://issuer.example\naudience=node\ngrant=ops administrator\njwks=" +
                 keys.string() + "\n",
             "Authorization: Bearer " + jwt}};
}

} // namespace

void get_identity(Stage& stage) {
    const auto path = "/compute/" + stage.start_compute(stage.disks());
    const auto url = "http://127.0.0.1:" + std::to_string(stage.client.port()) + path;
    for (const auto& each : identities(stage.agent.folder()))
        print("GET of one compute with " + each.what,
              interleaved(
                  rounds,
                  [&] {
                      use(stage, each.section);
                      return wrk(url, connections, wrk_seconds, each.header);
                  },
                  [&] {
                      use(stage, "");
                      return wrk(url, connections, wrk_seconds);
                  }),
              "1/s", "without authentication", ratio_at_least(least));
    stage.remove(path);
}

} // namespace bench
