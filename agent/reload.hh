#pragma once
// Reads the configuration again while the agent runs (SIGHUP): takes what can be taken at once, names the keys that
// need a restart, and keeps the old one when the new one has a fault.
//
// Threads: one owner; Server::use() is for any.

#include "agent/api/door.hh"
#include "agent/config/config.hh"
#include "agent/http/server.hh"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

class Reload {
public:
    // What the agent runs with now. `descriptors`: how many files it may open. `told` hears why the new one was not
    // taken, and "" when it was.
    Reload(std::filesystem::path file, bool must_exist, Config, std::size_t descriptors, http::Server&,
           auth::Authenticator&, api::Doorkeeper&, std::shared_ptr<const http::Tls>,
           std::function<void(const std::string& why_not)> told = {});

    // False when the new one was not taken; the log says why.
    bool again() noexcept;

private:
    void take(Config);
    void check_reach(const Config&) const;

    const std::filesystem::path file_;
    const bool must_exist_;
    const std::size_t descriptors_;
    http::Server& server_;
    auth::Authenticator& authenticator_;
    api::Doorkeeper& door_;
    const Config started_;
    Config now_;
    std::shared_ptr<const http::Tls> tls_;
    const std::function<void(const std::string&)> told_;
};
