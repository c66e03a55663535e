#pragma once
// The agent over a given hypervisor: every part, wired in the order of its life. main gives it the real one, tests the
// fake.
//
// Threads: made and destroyed by one thread; api() serves any. The destructor stops what runs: guests are not touched,
// what was under way is taken up at the next start.

#include "agent/api/api.hh"
#include "agent/api/renderings.hh"
#include "agent/state/keepsakes.hh"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

class Agent {
public:
    // Throws Error{unavailable} when the state directory cannot be used.
    // Error{invalid} when a file of `who` is wrong.
    Agent(hv::Host&, const std::filesystem::path& state, service::Settings,
          const std::vector<occi::Model::Template>&, const auth::Options& who = {});
    ~Agent();
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    http::Application& api() noexcept { return api_; }
    const api::Services& services() const noexcept { return services_; }
    state::Inventory& inventory() noexcept { return inventory_; }
    state::Operations& operations() noexcept { return operations_; }
    state::Chronicle& chronicle() noexcept { return chronicle_; }
    service::Context& context() noexcept { return context_; }
    auth::Authenticator& authenticator() noexcept { return authenticator_; }
    api::Doorkeeper& door() noexcept { return door_; }

private:
    void take_up(const state::Snapshot& at_start, bool storages_too);
    void adopt();
    void take_up_storages(const state::Snapshot& at_start);

    state::Database database_;
    state::Store store_;
    state::Journal journal_;
    state::EventLog events_;
    state::Answers answers_;
    state::Chronicle chronicle_;
    occi::Model model_;
    state::Inventory inventory_;
    service::Context context_; // knows the operations before they are made, as their kinds are the services'
    service::Networks networks_;
    service::Storages storages_;
    service::Computes computes_;
    service::Links links_;
    service::Mixins mixins_;
    state::Operations operations_;
    state::Keepsakes keepsakes_;
    api::Renderings renderings_;
    const api::Services services_;
    auth::Authenticator authenticator_;
    api::Doorkeeper door_;
    api::Api api_;
};
