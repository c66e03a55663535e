#pragma once
// Whether libvirtd answers at all while one of its calls takes long: one that is busy with a domain is not one that
// hangs. It is asked for something that waits for no domain, on a thread that may be left behind.
//
// Threads: any; nobody waits. The Connection outlives this.

#include "agent/base/crew.hh"
#include "drivers/libvirt/connection.hh"

#include <chrono>
#include <memory>

namespace hv::libvirt {

class Pulse {
public:
    explicit Pulse(Connection&);

    // Whether it has answered within the last two seconds. Asks it anew for the next time, unless a question is open.
    bool is_felt();

private:
    struct Mail;
    Connection& connection_;
    std::shared_ptr<Mail> mail_;
    Crew crew_{"libvirt-pulse"};
};

} // namespace hv::libvirt
