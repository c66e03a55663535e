#pragma once
// The whole agent on the fake hypervisor, listening on a port, on one for TLS and on a unix socket of its own. Fake:
// works, in memory.

#include "agent/agent.hh"
#include "agent/http/server.hh"
#include "drivers/fake/fake_host.hh"
#include "tests/support/certificates.hh"
#include "tests/support/client.hh"
#include "tests/support/temp_folder.hh"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace support {

class PatientHost;

class AgentUnderTest {
public:
    explicit AgentUnderTest(
        service::Settings settings = quick_settings(), http::Limits limits = {},
        bool disk_may_hang = false); // then hold the verbs of its storage (patient_host.hh)
    ~AgentUnderTest();

    // Short waits; originals below images().
    static service::Settings quick_settings();

    hv::fake::FakeHost& host() noexcept { return *host_; }
    const Client& client() const noexcept { return client_; }
    std::filesystem::path socket_path() const { return folder_.path() / "socket"; }
    unsigned secure_port() const noexcept { return secure_port_; }
    // Who has signed the certificate of that port.
    std::filesystem::path authority() const { return authority_.certificate(); }
    state::Inventory& inventory() noexcept { return agent_->inventory(); }
    state::Operations& operations() noexcept { return agent_->operations(); }
    state::Chronicle& chronicle() noexcept { return agent_->chronicle(); }
    service::Context& context() noexcept { return agent_->context(); }
    auth::Authenticator& authenticator() noexcept { return agent_->authenticator(); } // anew after a restart
    api::Doorkeeper& door() noexcept { return agent_->door(); }
    const api::Services& services() const noexcept { return agent_->services(); }
    http::Server& server() noexcept { return *server_; }
    const std::filesystem::path& images() const noexcept { return images_; }

    // Ends the agent and starts it again on the same state and the same hypervisor.
    void restart();
    // The same, with something done in between.
    void restart_after(const std::function<void()>&);
    // The same while the hypervisor does not answer: it begins without knowing what is there.
    void restart_blind();

    // Ends it, and starts another one that finds nothing of its state.
    void restart_without_store();

    // The verb fails as often as it is tried again for one operation.
    void fail_for_good(std::string_view verb, const Error& error);

    // Makes a file of raw zeros below images(); its file:// URL.
    std::string make_original(const std::string& name, std::size_t bytes = 1 << 20);

    // Each makes one and waits until it is ready; its id. A failure is a std::runtime_error with the answer.
    std::string image(const std::string& name = "image");
    std::string network(const std::string& address = "10.1.0.0");
    std::string compute(const std::string& body);

    // STATE of the entry, or "404".
    std::string state_of(const std::string& compute) const;
    bool becomes(const std::string& compute, const std::string& state) const;

private:
    void start();
    void start_blind();

    TempFolder folder_;
    Authority authority_{folder_.path(), "authority"};
    std::shared_ptr<const http::Tls> tls_;
    unsigned secure_port_ = 0;
    std::filesystem::path images_;
    service::Settings settings_;
    http::Limits limits_;
    std::unique_ptr<hv::fake::FakeHost> host_;
    std::unique_ptr<PatientHost> patient_host_; // over that one, if it is wanted
    std::unique_ptr<Agent> agent_;
    std::unique_ptr<http::Server> server_;
    Client client_{0};
};

} // namespace support
