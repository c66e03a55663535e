#include "drivers/libvirt/pulse.hh"

#include "agent/base/error.hh"

#include <atomic>
#include <utility>

namespace hv::libvirt {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds fresh{2};

} // namespace

struct Pulse::Mail {
    std::atomic<Clock::time_point> last{Clock::time_point{}};
    std::atomic<bool> is_asked{false};
};

Pulse::Pulse(Connection& connection) : connection_(connection), mail_(std::make_shared<Mail>()) {}

// The connections for sampling may all wait for the domain that libvirtd is busy with; an urgent one is back at once.
bool Pulse::is_felt() {
    const auto now = Clock::now();
    if (!mail_->is_asked.exchange(true)) {
        try {
            auto seat = connection_.lend(Lane::sampling, Lane::urgent, std::chrono::milliseconds(0));
            crew_.run([mail = mail_, seat = std::move(seat)]() mutable {
                unsigned long version = 0;
                if (virConnectGetLibVersion(seat.get(), &version) == 0) mail->last = Clock::now();
                seat.reset();
                mail->is_asked = false;
            });
        } catch (const Error&) { // no connection is free, or no thread
            mail_->is_asked = false;
        }
    }
    return now - mail_->last.load() < fresh;
}

} // namespace hv::libvirt
