#include "tests/support/agent_under_test.hh"

#include "agent/api/version.hh"
#include "tests/support/asker.hh"
#include "tests/support/eventually.hh"
#include "tests/support/patient_host.hh"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace support {
namespace {

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

std::string made(const Answer& answer) {
    if (answer.status != 201) throw std::runtime_error(std::to_string(answer.status) + " " + answer.body);
    return answer.id();
}

// With real files, since mkswap and mkfs work on those.
std::unique_ptr<hv::fake::FakeHost> make_host(const std::filesystem::path& pool) {
    std::filesystem::create_directory(pool);
    hv::fake::Options options;
    options.real_files = pool;
    return std::make_unique<hv::fake::FakeHost>(options);
}

std::shared_ptr<const http::Tls> tls_by(const Authority& authority) {
    const auto node = authority.issue("node");
    return std::make_shared<const http::Tls>(http::TlsFiles{node.certificate, node.key, "", {}});
}

} // namespace

service::Settings AgentUnderTest::quick_settings() {
    service::Settings settings;
    settings.stop_time = std::chrono::milliseconds(300);
    settings.press_again = std::chrono::milliseconds(50);
    settings.unplug_time = std::chrono::milliseconds(100);
    settings.retry_pause = std::chrono::milliseconds(5);
    return settings;
}

AgentUnderTest::AgentUnderTest(service::Settings settings, http::Limits limits, bool disk_may_hang)
    : tls_(tls_by(authority_)), images_(folder_.path() / "images"), settings_(std::move(settings)),
      limits_(limits), host_(make_host(folder_.path() / "pool")),
      patient_host_(disk_may_hang ? std::make_unique<PatientHost>(*host_) : nullptr) {
    std::filesystem::create_directory(images_);
    settings_.import_from.push_back(images_);
    start();
}

AgentUnderTest::~AgentUnderTest() = default;

void AgentUnderTest::start_blind() {
    agent_ = std::make_unique<Agent>(patient_host_ ? patient_host_->host() : host_->host(),
                                     folder_.path() / "state", settings_,
                                     std::vector<occi::Model::Template>{{"small", 1, gibibyte},
                                                                        {"medium", 2, 2 * gibibyte},
                                                                        {"large", 4, 4 * gibibyte},
                                                                        {"custom", 1, gibibyte}});
    std::vector<http::Listener> listeners;
    listeners.push_back(http::listen(http::parse_endpoint("127.0.0.1:0")));
    client_ = Client(listeners.front().endpoint.port);
    listeners.push_back(http::listen(http::parse_endpoint("unix:" + socket_path().string())));
    listeners.push_back(http::listen(http::parse_endpoint("https://127.0.0.1:0")));
    secure_port_ = listeners.back().endpoint.port;
    server_ =
        std::make_unique<http::Server>(agent_->api(), std::move(listeners), http::Settings(limits_, tls_),
                                       "occi-agent/test " + std::string(api::occi_version));
}

void AgentUnderTest::start() {
    start_blind();
    const bool listed = inventory().wait(
        [&](const state::Snapshot& seen) {
            // The default network is made after the first listing.
            const bool made = std::ranges::any_of(seen.network_records, [](const auto& entry) {
                return entry.second->phase == state::Phase::ready;
            });
            return seen.complete && (settings_.default_network != "auto" || made);
        },
        std::chrono::seconds(10));
    if (!listed || !eventually([&] { return context().has_begun.load(); }))
        throw std::runtime_error("the agent does not come up");
}

void AgentUnderTest::restart() {
    server_.reset();
    agent_.reset();
    start();
}

void AgentUnderTest::restart_after(const std::function<void()>& meanwhile) {
    server_.reset();
    agent_.reset();
    meanwhile();
    start();
}

void AgentUnderTest::restart_without_store() {
    server_.reset();
    agent_.reset();
    std::filesystem::remove_all(folder_.path() / "state");
    start();
}

void AgentUnderTest::restart_blind() {
    server_.reset();
    agent_.reset();
    host_->lose("on purpose");
    start_blind();
}

void AgentUnderTest::fail_for_good(std::string_view verb, const Error& error) {
    constexpr int attempts = 5; // of state::Operations
    for (int i = 0; i < attempts; ++i) host_->fail_next(verb, error);
}

std::string AgentUnderTest::make_original(const std::string& name, std::size_t bytes) {
    const auto path = images_ / name;
    std::ofstream(path, std::ios::binary) << std::string(bytes, '\0');
    return "file://" + path.string();
}

std::string AgentUnderTest::image(const std::string& name) {
    const auto url = make_original(name + ".raw");
    const auto id =
        made(client_.post("/storage", "<DISK><NAME>" + name + "</NAME><URL>" + url + "</URL></DISK>"));
    if (!eventually([&] { return client_.get("/storage/" + id).body.find("<STATE>") == std::string::npos; }))
        throw std::runtime_error("image " + id + " does not become ready");
    return id;
}

std::string AgentUnderTest::network(const std::string& address) {
    return made(
        client_.post("/network", "<NETWORK><NAME>n</NAME><ADDRESS>" + address + "</ADDRESS></NETWORK>"));
}

std::string AgentUnderTest::compute(const std::string& body) {
    const auto id = made(client_.post("/compute", body));
    if (!becomes(id, "ACTIVE"))
        throw std::runtime_error("compute does not run: " + client_.get("/compute/" + id).body);
    return id;
}

std::string AgentUnderTest::state_of(const std::string& compute) const {
    const auto answer = client_.get("/compute/" + compute);
    return answer.status == 200 ? element(answer.body, "STATE") : std::to_string(answer.status);
}

bool AgentUnderTest::becomes(const std::string& compute, const std::string& state) const {
    return eventually([&] { return state_of(compute) == state; });
}

} // namespace support
