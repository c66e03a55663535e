#pragma once
// Looks after the running guests, and tells which of them do not react (diagnosis.hh says when), by three means:
//   each round     virDomainGetControlInfo: does libvirt wait for its monitor? This never hangs.
//   each round     what the kernel says of the QEMU process, found by libvirt's own pid files.
//   every second   one bulk call that does reach the monitors, so that there is something that libvirt waits for.
// The third hangs on a guest that does not react; so it runs on a thread that is left behind, two of them at most, by a
// connection of its own. The first shows at which guest.
//
// Threads: any. Tells on a thread of its own, and no more once stop() has returned.

#include "agent/base/crew.hh"
#include "agent/base/guarded.hh"
#include "drivers/libvirt/connection.hh"
#include "drivers/libvirt/diagnosis.hh"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

namespace hv::libvirt {

// What is known of all guests; shared with those who ask, and with those who know better.
using Diagnoses = Guarded<Diagnosis>;

class Prober {
public:
    struct Timing {
        std::chrono::milliseconds round = std::chrono::seconds(2);
        std::chrono::milliseconds sampling =
            std::chrono::seconds(4); // and for how long the bulk call is waited for
    };
    using Tell = std::function<void(const Uuid&, const std::string& stuck)>; // "": it reacts again

    // `pid_folder`: where libvirt writes NAME.pid of each domain; empty: not on this host.
    Prober(Connection&, std::shared_ptr<Diagnoses>, std::filesystem::path pid_folder, Tell, Timing);
    ~Prober();
    void stop() noexcept; // idempotent; waits for no call

private:
    struct Mail;
    void look_after(const std::stop_token&);
    void take_a_sample();
    void look_around();
    void judge();

    Connection& connection_;
    const std::shared_ptr<Diagnoses> diagnoses_;
    const std::filesystem::path pid_folder_;
    const Tell tell_;
    const Timing timing_;
    const std::shared_ptr<Mail> mail_;
    Crew crew_;
    std::jthread thread_;
};

} // namespace hv::libvirt
