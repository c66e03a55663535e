#include "tests/bench/stage.hh"

#include "tests/bench/measure.hh"
#include "tests/support/eventually.hh"

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace bench {
namespace {

constexpr auto patience = std::chrono::seconds(120);

std::string good_id(const support::Answer& answer) {
    if (answer.status != 201) throw std::runtime_error(std::to_string(answer.status) + " " + answer.body);
    return answer.id();
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Of a list in OpenNebula's XML.
std::vector<std::string> ids_in(const std::string& list) {
    constexpr std::string_view before = "href=\"";
    std::vector<std::string> ids;
    for (auto at = list.find(before); at != list.npos; at = list.find(before, at + 1)) {
        const auto url =
            list.substr(at + before.size(), list.find('"', at + before.size()) - at - before.size());
        ids.push_back(url.substr(url.rfind('/') + 1));
    }
    return ids;
}

} // namespace

Stage::Stage() {
    wait_until_ready();
    wait_for("/network", "<NETWORK ");
    const auto url = agent.offer(support::environment("OCCI_AGENT_GUESTS") + "/micro.raw");
    image = good_id(client.post("/storage", "<DISK><NAME>micro</NAME><URL>" + url + "</URL></DISK>"));
    wait_for("/storage/" + image, "<STATE>", false);
}

void Stage::clear() {
    agent.restart(); // and lists the pool: nobody tells it that a volume was removed by libvirt's C API
    wait_until_ready();
    for (const std::string pool : {"/storage", "/network"})
        for (const auto& id : ids_in(client.get(pool).body)) remove(pool + "/" + id);
}

void Stage::wait_for(const std::string& path, const std::string& part, bool there) const {
    if (!support::eventually([&] { return contains(client.get(path).body, part) == there; }, patience))
        throw std::runtime_error(path + ": " + client.get(path).body);
}

void Stage::wait_until_ready() const { wait_for("/-/health", "{\"status\":\"ready\",\"reasons\""); }

void Stage::wait_for_computes(int least) const {
    const auto all_listed = [&] {
        const auto body = client.get("/compute").body;
        int count = 0;
        for (auto at = body.find("<COMPUTE "); at != std::string::npos; at = body.find("<COMPUTE ", at + 1))
            ++count;
        return count >= least;
    };
    if (!support::eventually(all_listed, patience))
        throw std::runtime_error("the agent does not list what libvirt has");
}

std::string Stage::post_compute(const std::string& inside) const {
    return good_id(client.post("/compute", "<COMPUTE>" + inside + "</COMPUTE>"));
}

std::string Stage::start_compute(const std::string& inside) const {
    const auto id = post_compute(inside);
    wait_for("/compute/" + id, "<STATE>ACTIVE</STATE>");
    return id;
}

std::vector<std::string> Stage::start_computes(int count, const std::string& inside) const {
    std::vector<std::string> ids(static_cast<std::size_t>(count));
    side_by_side(count, [&](int index) { ids[static_cast<std::size_t>(index)] = start_compute(inside); });
    return ids;
}

void Stage::put_state(const std::string& compute, const std::string& state) const {
    const auto answer = client.put("/compute/" + compute, "<COMPUTE><STATE>" + state + "</STATE></COMPUTE>");
    if (answer.status != 202) throw std::runtime_error(std::to_string(answer.status) + " " + answer.body);
}

void Stage::ask_for_state(const std::string& compute, const std::string& state) const {
    client.put("/compute/" + compute, "<COMPUTE><STATE>" + state + "</STATE></COMPUTE>");
}

void Stage::make_active(const std::string& compute) const {
    const auto is_active = [&] {
        if (client.get("/compute/" + compute).body.find("<STATE>ACTIVE</STATE>") != std::string::npos)
            return true;
        ask_for_state(compute, "RESUME");
        return false;
    };
    if (!support::eventually(is_active, patience)) throw std::runtime_error("not active: " + compute);
}

void Stage::remove(const std::string& path) const {
    client.remove(path);
    if (!support::eventually([&] { return client.get(path).status == 404; }, patience))
        throw std::runtime_error("not gone: " + path);
}

void Stage::remove_computes(const std::vector<std::string>& ids) const {
    side_by_side(static_cast<int>(ids.size()),
                 [&](int index) { remove("/compute/" + ids[static_cast<std::size_t>(index)]); });
}

// ---- events --------------------------------------------------------------------------------------------------------

Follower::Follower(const Stage& stage) : client_(stage.client) {
    const auto page = client_.get("/-/health").body; // names the last event
    const auto at = page.find("\"last\":");
    last_ = page.substr(at + 7, page.find('}', at) - at - 7);
}

void Follower::wait_for(const std::string& operation, int count) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (count > 0) {
        const auto page = client_.get("/-/events?wait=10&since=" + last_);
        if (page.status != 200 || std::chrono::steady_clock::now() > until)
            throw std::runtime_error("no end of \"" + operation + "\": " + page.body);
        last_ = page.header("X-Last-Event");
        std::istringstream lines(page.body);
        for (std::string line; std::getline(lines, line);) {
            if (!contains(line, "\"detail\":\"" + operation + " ")) continue;
            if (contains(line, "\"what\":\"failed\"")) throw std::runtime_error(line);
            if (contains(line, "\"what\":\"done\"")) --count;
        }
    }
}

// ---- processes -----------------------------------------------------------------------------------------------------

Frozen::Frozen(std::vector<pid_t> processes) : processes_(std::move(processes)) {
    for (const auto process : processes_) ::kill(process, SIGSTOP);
}

Frozen::~Frozen() {
    for (const auto process : processes_) ::kill(process, SIGCONT);
}

pid_t qemu_of(const std::string& domain) {
    pid_t process = 0;
    std::ifstream("/run/libvirt/qemu/" + domain + ".pid") >> process;
    if (process <= 0) throw std::runtime_error("domain " + domain + " has no process");
    return process;
}

} // namespace bench
