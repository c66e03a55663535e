#include "agent/service/patience.hh"

#include "agent/base/log.hh"

#include <chrono>

namespace service {
namespace {

constexpr auto between_attempts = std::chrono::seconds(2);
constexpr auto until_connected = std::chrono::hours(24);

bool nothing_to_wait_for(const state::Snapshot&) { return false; }
bool connected(const state::Snapshot& seen) { return seen.connected; }

} // namespace

bool until_done(Node& node, const std::string& what, std::stop_token stop,
                const std::function<void()>& attempt) {
    while (!stop.stop_requested()) {
        try {
            attempt();
            return true;
        } catch (const std::exception& failure) {
            logging::warning("{}: {}; it will be tried again", what, failure.what());
        }
        node.inventory.wait(nothing_to_wait_for, between_attempts, stop);
        node.inventory.wait(connected, until_connected, stop);
    }
    return false;
}

} // namespace service
