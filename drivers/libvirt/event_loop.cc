#include "drivers/libvirt/event_loop.hh"

#include "agent/base/log.hh"
#include "drivers/libvirt/error.hh"

#include <chrono>
#include <libvirt/libvirt.h>
#include <mutex>
#include <pthread.h>
#include <thread>

namespace hv::libvirt {
namespace {

void loop_for_ever() noexcept {
    pthread_setname_np(pthread_self(), "libvirt-loop");
    for (;;) {
        if (virEventRunDefaultImpl() == 0) continue;
        // Nothing that we could mend here; only do not spin.
        logging::error("libvirt's event loop failed: {}", virGetLastErrorMessage());
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

void begin() {
    if (virInitialize() < 0) throw Error(Fault::internal, "libvirt cannot be initialised");
    // The default handler prints to stderr; every error is read and reported by its caller.
    virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
    if (virEventRegisterDefaultImpl() < 0) throw last_error("register libvirt's event loop");
    std::thread(loop_for_ever).detach();
}

} // namespace

void run_event_loop() {
    static std::once_flag begun;
    std::call_once(begun, begin);
}

} // namespace hv::libvirt
