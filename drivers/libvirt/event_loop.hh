#pragma once
// libvirt's default event loop, on a thread of its own for as long as the process lives: connections need it
// for their keep-alive and their close callbacks, subscribers for their events. libvirt cannot let go of a
// loop once it is registered, so the thread is never joined.
//
// Threads: any.

namespace hv::libvirt {

// Makes sure that the loop runs and that libvirt prints nothing itself. Call before the first connection is
// opened; later calls do nothing. Throws Error{internal} when libvirt cannot be initialised.
void run_event_loop();

} // namespace hv::libvirt
