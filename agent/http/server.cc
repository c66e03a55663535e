#include "agent/http/server.hh"

#include "agent/http/front.hh"

namespace http {

struct Server::Parts : Front {
    using Front::Front;
};

Server::Server(Application& application, std::vector<Listener> listeners, const Settings& settings,
               std::string server_name)
    : parts_(std::make_unique<Parts>(application, std::move(listeners), settings, server_name)) {}

Server::~Server() = default;

void Server::stop(std::chrono::milliseconds grace) { parts_->stop(grace); }

void Server::use(const Settings& settings) { parts_->use(settings); }

bool Server::beats(std::chrono::milliseconds patience) { return parts_->beats(patience); }

} // namespace http
