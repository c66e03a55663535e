// Whole requests through every route of the whole agent, on the fake hypervisor: header block, admission, body,
// handler.
#include "agent/agent.hh"
#include "agent/api/faults.hh"
#include "agent/base/log.hh"
#include "agent/base/xml.hh"
#include "agent/http/body.hh"
#include "agent/http/characters.hh"
#include "agent/http/header_block.hh"
#include "agent/http/refusal.hh"
#include "drivers/fake/fake_host.hh"
#include "tests/fuzz/target.hh"
#include "tests/support/temp_folder.hh"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

namespace fuzz {
namespace {

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;
constexpr unsigned requests_of_one_input = 8;
constexpr unsigned pieces_of_one_answer = 3;
constexpr unsigned inputs_of_one_world = 256; // what they make is gone with it

service::Settings settings() {
    service::Settings settings;
    settings.stop_time = settings.press_again = settings.unplug_time = settings.retry_pause =
        std::chrono::milliseconds(1);
    return settings;
}

class World {
public:
    World()
        : agent_(host_, folder_.path() / "state", settings(),
                 {{"small", 1, gibibyte}, {"custom", 1, gibibyte}}) {
        const bool listed = agent_.inventory().wait(
            [](const state::Snapshot& seen) { return seen.connected && !seen.network_records.empty(); },
            std::chrono::seconds(20));
        require(listed, "the agent comes up");
    }
    http::Application& api() { return agent_.api(); }

private:
    hv::fake::FakeHost host_;
    support::TempFolder folder_;
    Agent agent_;
};

http::Application& api() {
    static std::unique_ptr<World> world;
    static unsigned inputs = 0;
    logging::set_threshold(logging::Level::error);
    if (inputs++ % inputs_of_one_world == 0) {
        world.reset();
        world = std::make_unique<World>();
    }
    return world->api();
}

void check(const http::Response& answer) {
    require(answer.status >= 200 && answer.status <= 599 && answer.status != 500, "no request is a bug");
    require(http::is_field_text(answer.content_type), "a content type is one line");
    for (const auto& [name, value] : answer.headers)
        require(http::is_token(name) && http::is_field_text(value), "a header of an answer is one line");
    if (!answer.body.empty() && answer.content_type.starts_with("application/xml")) xml::parse(answer.body);
}

void check_all(http::Response answer) {
    check(answer);
    for (unsigned i = 0; i < pieces_of_one_answer && answer.later; ++i) {
        const auto later = answer.later;
        answer = later->go_on();
        check(answer);
    }
}

// One request off the front of `bytes`; false when there is none, or nothing may follow it.
bool serve(std::string_view& bytes) {
    std::size_t looked = 0;
    const auto length = http::find_block(bytes, looked, {});
    if (length == 0) return false;
    http::HeaderBlock block;
    http::parse_block(bytes.substr(0, length), {}, block);
    bytes.remove_prefix(length);
    auto& request = block.request;
    request.peer = "127.0.0.1:1";
    request.id = "fuzz";
    const auto admission = api().admit(request);
    bool is_last = block.framing.has_body() && admission->is_refusal();
    if (block.framing.has_body() && !is_last) {
        http::BodyCollector body(block.framing, admission->body_limit(), {}, admission->sink());
        if (!body.take(bytes)) return false;
        request.body = body.release();
        is_last = body.is_cut();
    }
    check_all(admission->answer(request));
    return !is_last;
}

} // namespace

void request(std::string_view bytes) {
    try {
        for (unsigned i = 0; i < requests_of_one_input && serve(bytes); ++i) {
        }
    } catch (const http::Refusal& refusal) {
        check(api().refuse({}, refusal.status(), refusal.what()));
    }
}

} // namespace fuzz
