#pragma once
// What stands behind the drivers, can be away, and tells what happens. What holds for every verb (threads, errors)
// stands in host.hh.

#include "agent/base/uuid.hh"
#include "drivers/contract/change.hh"

#include <string>
#include <vector>

namespace hv {

class Hypervisor {
public:
    virtual ~Hypervisor() = default;
    // Who we are: what this agent makes from now on carries that id, and nothing else is ours. Before that nothing is.
    virtual void be(const Uuid& agent) = 0;
    // Starts telling; found() comes first, when it answers. One listener; it outlives the last call to it, which is
    // before unwatch() returns.
    virtual void watch(Listener&) = 0;
    virtual void unwatch() = 0;
    // What it is, for the log at start: "libvirt 9.0.0, machines of type qemu, because ...".
    virtual std::string describe() = 0;
    // What does not work although the hypervisor answers: sentences, each with what can be done. Asks nobody that could
    // hang.
    virtual std::vector<std::string> complaints() { return {}; }
};

} // namespace hv
