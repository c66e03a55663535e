#pragma once
// What libvirt tells of its own accord, passed on to the one listener of the Host; and the little that is
// only told by events: why a disk made a domain pause.
//
// Threads: libvirt's event loop calls in, the keeper of the connection tells found and lost; the listener
// hears one of them at a time, and nothing more once set_listener(nullptr) has returned. Callbacks never call
// libvirt.

#include "agent/base/guarded.hh"
#include "drivers/contract/change.hh"
#include "drivers/libvirt/connection.hh"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace hv::libvirt {

class Events : public std::enable_shared_from_this<Events> {
public:
    using Gone = std::function<void(const Uuid&)>;
    // `pool_path`: of the volumes whose trouble is our pool's. `gone`: told of each domain that has stopped or is
    // defined no more, before the listener is; must not block, and owns what it touches.
    explicit Events(std::filesystem::path pool_path = {}, Gone gone = {});

    // Registers for everything on `connect`; what is returned takes it back. An event that this libvirt does
    // not have is left out; any other failure throws Error.
    std::shared_ptr<void> subscribe(virConnectPtr connect);

    // nullptr: nobody. A listener that comes while libvirt answers is told found() at once.
    void set_listener(Listener*);

    void found();
    void lost(const std::string& why);
    void tell(const Change&);

    // What libvirt's callbacks say.
    void life(const Uuid&, int event, int detail);
    void disk_error(const Uuid&, const std::string& path, const std::string& alias, bool paused_it,
                    const std::string& reason);

    // Why an error of a disk has paused that domain, "paused: no space left on pool occi"; "" when no event has said so
    // since its state changed last.
    std::string why_paused(const Uuid&) const;

private:
    const std::filesystem::path pool_path_;
    const Gone gone_;

    // Held while the listener is called, so that it is never called again once it has been taken away; a
    // Listener only queues.
    std::mutex telling_;
    Listener* listener_ = nullptr;
    bool is_found_ = false;
    std::string why_lost_; // as last told; empty: it never was

    Guarded<std::map<Uuid, std::string, std::less<>>> why_paused_;
};

} // namespace hv::libvirt
