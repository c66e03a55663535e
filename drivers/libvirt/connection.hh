#pragma once
// The one door to libvirt: connections of six classes that are opened, watched and replaced here, so that what hangs in
// one leaves the others free. One libvirt event loop thread serves them all. A lost connection is re-opened with
// jittered back-off, on a thread that may hang without harm to others.
//
// No connection is ever given two calls at a time, although libvirt allows it. libvirtd would stop to read at five
// (max_client_requests); and in the client a call that shares its connection with one that does not return may wait for
// the next keep-alive (its waking of the other thread can get lost), may never end when the connection breaks, and may
// then take the process with it: CVE-2024-4418, virNetClientIOEventLoop, which libvirt 9.0 of Debian 12 has and 10.4
// has not.
//
// Threads: any. What is lent stays valid until it is let go, even when the connection is lost meanwhile, and even when
// the Connection is gone. Keep no virDomainPtr longer than that: look the object up again by its UUID.

#include "agent/base/handle.hh"
#include "drivers/libvirt/error.hh"

#include <chrono>
#include <functional>
#include <libvirt/libvirt.h>
#include <memory>
#include <string>
#include <utility>

namespace hv::libvirt {

using Domain = Handle<virDomain, virDomainFree>;
using LibvirtNetwork = Handle<virNetwork, virNetworkFree>;
using Pool = Handle<virStoragePool, virStoragePoolFree>;
struct FreeText {
    void operator()(char* text) const noexcept;
};
using Text = std::unique_ptr<char, FreeText>; // what libvirt returns as char*

enum class Lane {
    watch, // events, and calls that never reach a guest's monitor (list, state, XML of a domain, network or volume)
    sampling, // what looks after all guests again and again, without reaching them
    probing,  // what does reach them, and hangs on one that does not react
    work,     // everything that may take long
    addresses, // reservations: libvirtd makes one at a time, and its caller shall hold no other connection meanwhile
    urgent // what must not wait for work: forcing a guest off, forgetting it
};

class Connection {
public:
    struct Timing {
        std::chrono::milliseconds opening = std::chrono::seconds(10); // an attempt is waited for so long
        std::chrono::milliseconds again = std::chrono::seconds(1); // until the next one, after one that hangs
    };
    explicit Connection(std::string uri) : Connection(std::move(uri), Timing()) {} // connects to nothing yet
    Connection(std::string uri, Timing);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Each may be empty.
    struct Hooks {
        // Called with the "watch" connection each time it has been (re-)opened, before found(): register
        // events here. What it returns is let go before that connection is closed: it must take the
        // registrations back, since each of them keeps the connection open. Runs on a thread that may outlive
        // stop() when libvirt hangs: it must own what it touches.
        std::function<std::shared_ptr<void>(virConnectPtr)> opened;
        // A watch and a work connection are open. Never at the same time as lost(), and never after stop()
        // has returned.
        std::function<void()> found;
        // They are no more, or could not be opened; again when the reason has changed.
        std::function<void(const std::string& why)> lost;
    };
    void start(Hooks);    // returns at once; connects in the background. Call once
    void stop() noexcept; // idempotent; does not wait for a libvirt that hangs

    // A connection for the caller alone, for as long as it is kept. Throws Error{unavailable} "libvirt does not
    // answer: <why>" when there is none now, Error{busy} when all of them stay lent, or are not open yet.
    std::shared_ptr<virConnect> lend(Lane lane) { return lend(lane, lane); }
    // A connection of the class `first` when one is free, else of the class `otherwise`.
    std::shared_ptr<virConnect> lend(Lane first, Lane otherwise,
                                     std::chrono::milliseconds patience = std::chrono::seconds(5));

    // Opens another connection in the place of a lent one whose call does not come back. The borrower keeps the old
    // one, which is closed when the borrower lets go.
    void replace(virConnectPtr lent);

    template <class F> auto with(Lane lane, F&& use) { return with(lane, lane, std::forward<F>(use)); }
    template <class F> auto with(Lane first, Lane otherwise, F&& use) {
        const auto held = lend(first, otherwise);
        return std::forward<F>(use)(held.get());
    }

    // Waits until connected or `deadline` is over; whether it is.
    bool wait(std::chrono::milliseconds deadline);
    // The same, but comes back as soon as one attempt has failed since start().
    bool try_wait(std::chrono::milliseconds deadline);

private:
    struct Parts;
    std::shared_ptr<Parts> parts_;
};

// How long to wait before the next attempt: an eighth of the time that it has been away, 50 to 250 ms, then up to a
// fifth more or less as `jitter` (0 to 1) says. So short after a long outage too, since whoever waits for libvirt waits
// for this as well; an attempt that is refused takes 0.01 ms of a processor.
std::chrono::milliseconds pause_after(std::chrono::milliseconds away, double jitter) noexcept;

} // namespace hv::libvirt
