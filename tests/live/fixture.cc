#include "tests/live/fixture.hh"

#include "agent/base/text.hh"
#include "tests/live/row.hh"
#include "tests/support/content_of.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace live {

void revive_libvirtd() {
    if (!processes("libvirtd").empty()) return;
    start_libvirtd();
    row("libvirtd died by itself", "started again");
}

namespace {

std::string good_id(const support::Answer& answer) {
    if (answer.status != 201) throw std::runtime_error(std::to_string(answer.status) + " " + answer.body);
    return answer.id();
}

// What the agent logged, without the many requests of a test that waits.
std::string log_of(const support::AgentProcess& agent) {
    std::string lines;
    for (const auto& line : text::split(agent.log(), '\n'))
        if (line.find("GET /") == std::string::npos) lines += line + "\n";
    return lines;
}

// One that a test before this has lost must not fail all that follow.
const support::AgentSettings& once_libvirtd_runs(const support::AgentSettings& settings) {
    revive_libvirtd();
    return settings;
}

} // namespace

Fixture::Fixture(const support::AgentSettings& settings)
    : RunningAgent{support::AgentProcess(once_libvirtd_runs(settings))}, Asker(agent.client()) {
    const bool ready = support::eventually(
        [&] { return client.get("/network").body.find("<NETWORK ") != std::string::npos; });
    if (!ready) throw std::runtime_error("no default network:\n" + log_of(agent));
    before = node.traces(agent.state() / "console");
}

std::string Fixture::image(const std::string& guest) {
    const auto url = agent.offer(support::environment("OCCI_AGENT_GUESTS") + "/" + guest);
    const auto id =
        good_id(client.post("/storage", "<DISK><NAME>" + guest + "</NAME><URL>" + url + "</URL></DISK>"));
    if (!support::eventually(
            [&] { return client.get("/storage/" + id).body.find("<STATE>") == std::string::npos; }))
        throw std::runtime_error("the image does not become ready: " + client.get("/storage/" + id).body);
    return id;
}

std::string Fixture::network(const std::string& address, const std::string& more) {
    return good_id(client.post("/network", "<NETWORK><NAME>lab</NAME><ADDRESS>" + address + "</ADDRESS>" +
                                               more + "</NETWORK>"));
}

std::string Fixture::compute(const std::string& inside) {
    return good_id(client.post("/compute", "<COMPUTE>" + inside + "</COMPUTE>"));
}

std::string Fixture::state_of(const std::string& compute) const {
    const auto answer = client.get("/compute/" + compute);
    return answer.status == 200 ? element(answer.body, "STATE") : std::to_string(answer.status);
}

bool Fixture::becomes(const std::string& compute, const std::string& state) const {
    const bool came =
        support::eventually([&] { return state_of(compute) == state; }, std::chrono::seconds(40));
    if (!came) BOOST_TEST_MESSAGE(client.get("/compute/" + compute).body << "\n" << log_of(agent));
    return came;
}

std::string Fixture::condition_of(const std::string& compute) const {
    const auto answer = client.get("/compute/" + compute);
    if (answer.status != 200) return std::to_string(answer.status);
    const auto condition = element(answer.body, "CONDITION");
    return condition.empty() ? "known" : condition;
}

bool Fixture::is_seen_as(const std::string& compute, const std::string& condition) const {
    const auto is_so = [&] {
        if (condition == "known") revive_libvirtd();
        return condition_of(compute) == condition;
    };
    const bool came = support::eventually(is_so, std::chrono::seconds(40));
    if (!came) BOOST_TEST_MESSAGE(client.get("/compute/" + compute).body << "\n" << log_of(agent));
    return came;
}

std::string Fixture::told(const std::string& id, const std::string& what) const {
    std::string last;
    for (const auto& line : text::split(client.get("/-/events").body, '\n'))
        if (line.find("\"id\":\"" + id + "\"") != std::string::npos &&
            line.find("\"what\":\"" + what + "\"") != std::string::npos)
            last = line;
    return last;
}

bool Fixture::was_told(const std::string& id, const std::string& what) const {
    const bool came = support::eventually([&] { return !told(id, what).empty(); });
    if (!came) BOOST_TEST_MESSAGE(client.get("/-/events").body);
    return came;
}

bool Fixture::all_has_ended() const {
    std::string page;
    const bool ended = support::eventually(
        [&] {
            page = client.get("/-/operations?limit=1000").body;
            return std::ranges::none_of(std::array{"waiting", "running", "undoing"}, [&](const auto* stage) {
                return page.find("\"state\":\"" + std::string(stage) + "\"") != std::string::npos;
            });
        },
        std::chrono::seconds(60));
    if (!ended) BOOST_TEST_MESSAGE(page << "\n" << log_of(agent));
    return ended;
}

support::Answer Fixture::act_to_the_end(const std::string& path, const std::string& term,
                                        const std::string& attributes) const {
    auto answer = act(path, term, attributes);
    BOOST_TEST(all_has_ended());
    return answer;
}

void Fixture::go(const std::string& compute, const std::string& word, const std::string& state) const {
    BOOST_TEST(put(compute, word).status == 202);
    BOOST_TEST(becomes(compute, state));
}

std::string Fixture::console(const std::string& compute) const {
    return support::content_of(agent.state() / "console" / (compute + ".log"));
}

bool Fixture::says(const std::string& compute, const std::string& words) const {
    const bool said = support::eventually([&] { return console(compute).find(words) != std::string::npos; },
                                          std::chrono::seconds(60));
    if (!said) BOOST_TEST_MESSAGE("the guest never said \"" << words << "\":\n" << console(compute));
    // A guest may be quicker than what has made its machine, which can be changed only after that.
    return said && support::eventually([&] { return state_of(compute) != "PENDING"; });
}

void Fixture::remove(const std::string& path) const {
    const auto answer = client.remove(path);
    if (answer.status != 204 && answer.status != 202)
        throw std::runtime_error(path + ": " + std::to_string(answer.status) + " " + answer.body);
    if (!support::eventually([&] { return client.get(path).status == 404; }, std::chrono::seconds(40)))
        throw std::runtime_error(path + " does not go away");
}

bool Fixture::nothing_is_left() const {
    Traces left;
    const bool clean = support::eventually([&] {
        const auto now = node.traces(agent.state() / "console");
        left.clear();
        std::ranges::set_difference(now, before, std::inserter(left, left.end()));
        return left.empty();
    });
    for (const auto& trace : left) BOOST_TEST_MESSAGE("left behind: " << trace);
    return clean;
}

std::string disk(const std::string& image) { return "<DISK image=\"" + image + "\"/>"; }

std::string nic(const std::string& network, const std::string& address) {
    return "<NIC><UUID>" + network + "</UUID>" + (address.empty() ? "" : "<IP>" + address + "</IP>") +
           "</NIC>";
}

} // namespace live
