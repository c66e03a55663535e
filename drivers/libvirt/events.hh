#pragma once
// What libvirt tells of its own accord, passed on to the one listener of the Host; and the little that is
// only told by events: why a disk made a domain pause.
//
// Threads: libvirt's event loop calls in, the keeper of the connection tells found and lost; the listener
// hears one of them at a time, and nothing more once set_listener(nullptr) has returned. Callbacks never call
// libvirt.

#include "agent/base/guarded.hh"
#include "drivers/driver.hh"
#include "drivers/libvirt/connection.hh"

#include <map>
#include <memory>
#include <mutex>

namespace hv::libvirt {

class Events : public std::enable_shared_from_this<Events> {
public:
    // Registers for everything on `connect`; what is returned takes it back. An event that this libvirt does
    // not have is left out; any other failure throws Error.
    std::shared_ptr<void> subscribe(virConnectPtr connect);

    // nullptr: nobody. Who comes while libvirt answers is told found() at once.
    void set_listener(Listener*);

    void found();
    void lost(const std::string& why);
    void tell(Change::Subject, Uuid, std::string what);

    void note_disk_error(const Uuid&, std::string reason);
    void forget_disk_error(const Uuid&);
    // libvirt's word for the last error of a disk of that domain since its state changed last ("enospc"), or
    // "".
    std::string disk_error(const Uuid&) const;

private:
    // Held while the listener is called, so that it is never called again once it has been taken away; a
    // Listener only queues.
    std::mutex telling_;
    Listener* listener_ = nullptr;
    bool is_found_ = false;

    Guarded<std::map<Uuid, std::string, std::less<>>> disk_errors_;
};

} // namespace hv::libvirt
