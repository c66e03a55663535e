#pragma once
// What the tests of bearer tokens share: an issuer on loopback, his keys, the time, and a way that is asked.
//
// Threads: the issuer answers on his own; a test is one.

#include "agent/auth/bearer.hh"
#include "agent/base/guarded.hh"
#include "tests/support/scripted_server.hh"
#include "tests/support/signing_key.hh"

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace bearer_scene {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using support::ScriptedPeer;
using support::ScriptedRequest;
using support::ScriptedServer;
using support::SigningKey;

// Made once: an RSA key takes a while.
inline const SigningKey& rsa_key() {
    static const auto key = SigningKey::rsa("rsa");
    return key;
}
inline const SigningKey& ec_key() {
    static const auto key = SigningKey::ec("ec", "P-256");
    return key;
}

// Seconds since 1970, which the tests turn.
inline constexpr long long noon = 1'800'000'000;

class Clock {
public:
    void turn(std::chrono::seconds by) { *seconds_ += by.count(); }
    std::function<std::chrono::system_clock::time_point()> reader() const {
        return [seconds = seconds_] {
            return std::chrono::system_clock::time_point(std::chrono::seconds(*seconds));
        };
    }

private:
    std::shared_ptr<std::atomic<long long>> seconds_ = std::make_shared<std::atomic<long long>>(noon);
};

class Issuer {
public:
    using Handler = std::function<void(ScriptedPeer&, const ScriptedRequest&)>;

    Issuer() {
        serve("/.well-known/openid-configuration", [this](ScriptedPeer& peer, const ScriptedRequest&) {
            peer.answer(200, Json{{"issuer", url()}, {"jwks_uri", url() + "/keys"}}.dump());
        });
    }
    std::string url() const { return server_.url(""); }
    void serve(const std::string& path, Handler handler) {
        handlers_.with([&](auto& all) { all[path] = std::move(handler); });
    }
    void publish(const std::vector<Json>& keys, const std::string& headers = {}) {
        serve("/keys", [text = Json{{"keys", keys}}.dump(), headers](
                           ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(200, text, headers); });
    }
    unsigned asked(const std::string& path) const {
        return asked_.with([&](const auto& all) { return all.contains(path) ? all.at(path) : 0u; });
    }

private:
    void answer(ScriptedPeer& peer, const ScriptedRequest& asked) {
        asked_.with([&](auto& all) { ++all[asked.target]; });
        const auto handler = handlers_.with([&](auto& all) {
            const auto found = all.find(asked.target);
            return found == all.end() ? Handler{} : found->second;
        });
        if (handler)
            handler(peer, asked);
        else
            peer.answer(404, "");
    }

    Guarded<std::map<std::string, Handler>> handlers_;
    Guarded<std::map<std::string, unsigned>> asked_;
    ScriptedServer server_{ScriptedServer::each(
        [this](ScriptedPeer& peer, const ScriptedRequest& asked) { answer(peer, asked); })};
};

// What a Way says, whether at once or later.
inline std::future<auth::Verdict> ask(auth::Way& way, const std::string& token) {
    const auto promise = std::make_shared<std::promise<auth::Verdict>>();
    auto future = promise->get_future();
    const auto header = "Bearer " + token;
    auto at_once = way.judge({header, {}, nullptr, nullptr, "127.0.0.1"},
                             [promise](auth::Verdict verdict) { promise->set_value(std::move(verdict)); });
    if (at_once) promise->set_value(std::move(*at_once));
    return future;
}
inline auth::Verdict verdict_of(auth::Way& way, const std::string& token) {
    auto future = ask(way, token);
    if (future.wait_for(30s) != std::future_status::ready) return {std::nullopt, "nobody has said anything"};
    return future.get();
}

struct Scene {
    Clock clock;
    Issuer issuer;
    auth::BearerOptions options = [this] {
        auth::BearerOptions given;
        given.issuer = issuer.url();
        given.audience = {"occi", "urn:other"};
        given.grants = {{"admins", auth::Role::administrator, "staff"},
                        {"people", auth::Role::user, "users"}};
        given.networks = {*IpBlock::parse("127.0.0.1/32")};
        given.allows_http = true;
        given.patience = 20s;
        given.clock = clock.reader();
        return given;
    }();

    Json claims() const {
        return {{"iss", options.issuer}, {"aud", "occi"},  {"exp", noon + 600},
                {"iat", noon},           {"sub", "alice"}, {"roles", Json::array({"people"})}};
    }
    Json claims_with(const Json& patch) const {
        auto all = claims();
        all.merge_patch(patch);
        return all;
    }
};

} // namespace bearer_scene
