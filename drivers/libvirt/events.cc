#include "drivers/libvirt/events.hh"

#include "agent/base/log.hh"
#include "drivers/libvirt/bulk.hh"
#include "drivers/libvirt/life.hh"

#include <array>
#include <vector>

namespace hv::libvirt {
namespace {

using Subject = Change::Subject;

constexpr std::string_view no_space = "enospc"; // libvirt's word

Events& events_of(void* opaque) noexcept { return **static_cast<std::shared_ptr<Events>*>(opaque); }

void free_events(void* opaque) {
    std::unique_ptr<std::shared_ptr<Events>> gone(static_cast<std::shared_ptr<Events>*>(opaque));
}

std::string text_of(const char* text) { return text ? text : ""; }

// Exceptions must not reach libvirt's C code; what cannot be told is found by the next full look.
template <class F> void tell_safely(F&& tell) noexcept {
    try {
        tell();
    } catch (const std::exception& failure) {
        logging::error("an event of libvirt is lost: {}", failure.what());
    }
}

void tell_machine(void* opaque, virDomainPtr domain, std::string what, std::string detail = {},
                  std::optional<MachineState> state = {}) noexcept {
    tell_safely([&] {
        events_of(opaque).tell({Subject::machine, id_of(domain), std::move(what), std::move(detail), state});
    });
}

// ---- what libvirt calls -----------------------------------------------------------------------------------

int on_life(virConnectPtr, virDomainPtr domain, int event, int detail, void* opaque) noexcept {
    tell_safely([&] { events_of(opaque).life(id_of(domain), event, detail); });
    return 0;
}
void on_reboot(virConnectPtr, virDomainPtr domain, void* opaque) noexcept {
    tell_machine(opaque, domain, "rebooted", "", MachineState::running);
}
void on_disk_error(virConnectPtr, virDomainPtr domain, const char* path, const char* alias, int action,
                   const char* reason, void* opaque) noexcept {
    tell_safely([&] {
        events_of(opaque).disk_error(id_of(domain), text_of(path), text_of(alias),
                                     action == VIR_DOMAIN_EVENT_IO_ERROR_PAUSE, text_of(reason));
    });
}
void on_device_added(virConnectPtr, virDomainPtr domain, const char* alias, void* opaque) noexcept {
    tell_machine(opaque, domain, "device added", device_name(text_of(alias)));
}
void on_device_removed(virConnectPtr, virDomainPtr domain, const char* alias, void* opaque) noexcept {
    tell_machine(opaque, domain, "device removed", device_name(text_of(alias)));
}
void on_device_kept(virConnectPtr, virDomainPtr domain, const char* alias, void* opaque) noexcept {
    tell_machine(opaque, domain, "device kept", device_name(text_of(alias)));
}
void on_watchdog(virConnectPtr, virDomainPtr domain, int action, void* opaque) noexcept {
    tell_machine(opaque, domain, "watchdog", std::string(watchdog_action(action)));
}
void on_metadata(virConnectPtr, virDomainPtr domain, int, const char*, void* opaque) noexcept {
    tell_machine(opaque, domain, "metadata changed");
}
// Somebody has merged a disk, or moved it elsewhere.
void on_block_job(virConnectPtr, virDomainPtr domain, const char*, int, int status, void* opaque) noexcept {
    if (status == VIR_DOMAIN_BLOCK_JOB_COMPLETED) tell_machine(opaque, domain, "disk moved");
}
// A guest has given memory back or taken it.
void on_balloon(virConnectPtr, virDomainPtr domain, unsigned long long, void* opaque) noexcept {
    tell_machine(opaque, domain, "memory changed");
}
template <class Object>
void tell_other(void* opaque, Subject subject, Object* object, std::string_view what) noexcept {
    tell_safely([&] {
        events_of(opaque).tell({subject, id_of(object), std::string(what), "", std::nullopt});
    });
}
void on_network(virConnectPtr, virNetworkPtr network, int event, int, void* opaque) noexcept {
    constexpr std::array<std::string_view, 4> words{"defined", "undefined", "started", "stopped"};
    const auto index = static_cast<std::size_t>(event);
    tell_other(opaque, Subject::network, network, index < words.size() ? words[index] : "changed");
}
void on_pool(virConnectPtr, virStoragePoolPtr pool, int, int, void* opaque) noexcept {
    tell_other(opaque, Subject::volume, pool, "pool changed");
}
void on_refresh(virConnectPtr, virStoragePoolPtr pool, void* opaque) noexcept {
    tell_other(opaque, Subject::volume, pool, "pool refreshed");
}

// ---- registering ------------------------------------------------------------------------------------------

// libvirt takes every callback as one generic type, and casts it back to the type that its documentation
// gives for the event.
template <class Generic, class F> Generic generic(F* callback) noexcept {
    return reinterpret_cast<Generic>(reinterpret_cast<void (*)()>(callback));
}

using Register = int (*)(virConnectPtr, int event, void* opaque);

template <auto callback> int domain_event(virConnectPtr connect, int event, void* opaque) {
    return virConnectDomainEventRegisterAny(connect, nullptr, event,
                                            generic<virConnectDomainEventGenericCallback>(callback), opaque,
                                            free_events);
}
template <auto callback> int network_event(virConnectPtr connect, int event, void* opaque) {
    return virConnectNetworkEventRegisterAny(connect, nullptr, event,
                                             generic<virConnectNetworkEventGenericCallback>(callback), opaque,
                                             free_events);
}
template <auto callback> int pool_event(virConnectPtr connect, int event, void* opaque) {
    return virConnectStoragePoolEventRegisterAny(connect, nullptr, event,
                                                 generic<virConnectStoragePoolEventGenericCallback>(callback),
                                                 opaque, free_events);
}

using Deregister = int (*)(virConnectPtr, int id);

struct Subscription {
    std::string_view name;
    int event;
    Register enter;
    Deregister leave;
};

constexpr std::array subscriptions{
    Subscription{"domain life cycle", VIR_DOMAIN_EVENT_ID_LIFECYCLE, domain_event<on_life>,
                 virConnectDomainEventDeregisterAny},
    Subscription{"reboot", VIR_DOMAIN_EVENT_ID_REBOOT, domain_event<on_reboot>,
                 virConnectDomainEventDeregisterAny},
    Subscription{"disk error", VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, domain_event<on_disk_error>,
                 virConnectDomainEventDeregisterAny},
    Subscription{"device added", VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, domain_event<on_device_added>,
                 virConnectDomainEventDeregisterAny},
    Subscription{"device removed", VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, domain_event<on_device_removed>,
                 virConnectDomainEventDeregisterAny},
    Subscription{"device kept", VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED, domain_event<on_device_kept>,
                 virConnectDomainEventDeregisterAny},
    Subscription{"watchdog", VIR_DOMAIN_EVENT_ID_WATCHDOG, domain_event<on_watchdog>,
                 virConnectDomainEventDeregisterAny},
    Subscription{"metadata", VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, domain_event<on_metadata>,
                 virConnectDomainEventDeregisterAny},
    Subscription{"block job", VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2, domain_event<on_block_job>,
                 virConnectDomainEventDeregisterAny},
    Subscription{"balloon", VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE, domain_event<on_balloon>,
                 virConnectDomainEventDeregisterAny},
    Subscription{"network life cycle", VIR_NETWORK_EVENT_ID_LIFECYCLE, network_event<on_network>,
                 virConnectNetworkEventDeregisterAny},
    Subscription{"pool life cycle", VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE, pool_event<on_pool>,
                 virConnectStoragePoolEventDeregisterAny},
    Subscription{"pool refresh", VIR_STORAGE_POOL_EVENT_ID_REFRESH, pool_event<on_refresh>,
                 virConnectStoragePoolEventDeregisterAny},
};

// The registrations on one connection. Taking them back fails when the connection is dead, and works all the
// same.
class Registrations {
public:
    explicit Registrations(virConnectPtr connect) : connect_(connect) {}
    Registrations(const Registrations&) = delete;
    Registrations& operator=(const Registrations&) = delete;
    ~Registrations() {
        for (const auto& [leave, id] : taken_) leave(connect_, id);
    }
    bool take(const Subscription& wanted, const std::shared_ptr<Events>& events) {
        auto opaque = std::make_unique<std::shared_ptr<Events>>(events);
        const int id = wanted.enter(connect_, wanted.event, opaque.get());
        if (id < 0) return false;
        static_cast<void>(opaque.release());
        taken_.emplace_back(wanted.leave, id);
        return true;
    }

private:
    virConnectPtr connect_; // whose owner owns us
    std::vector<std::pair<Deregister, int>> taken_;
};

} // namespace

// A path is compared as libvirt gives it: without a slash at its end.
Events::Events(std::filesystem::path pool_path, Gone gone)
    : pool_path_(pool_path.has_filename() ? std::move(pool_path) : pool_path.parent_path()),
      gone_(std::move(gone)) {}

std::shared_ptr<void> Events::subscribe(virConnectPtr connect) {
    auto registrations = std::make_shared<Registrations>(connect);
    for (const auto& wanted : subscriptions) {
        if (registrations->take(wanted, shared_from_this())) continue;
        const auto failure = last_error("register for " + std::string(wanted.name) + " events");
        if (failure.fault() != Fault::unsupported) throw failure;
        logging::info("{}", failure.what());
    }
    return registrations;
}

void Events::set_listener(Listener* listener) {
    std::lock_guard hold(telling_);
    listener_ = listener;
    if (!listener_) return;
    if (is_found_)
        listener_->found();
    else if (!why_lost_.empty())
        listener_->lost(why_lost_); // before anybody listened
}

void Events::found() {
    std::lock_guard hold(telling_);
    is_found_ = true;
    if (listener_) listener_->found();
}

void Events::lost(const std::string& why) {
    std::lock_guard hold(telling_);
    is_found_ = false;
    why_lost_ = why;
    if (listener_) listener_->lost(why);
}

void Events::tell(const Change& change) {
    std::lock_guard hold(telling_);
    if (listener_) listener_->changed(change);
}

void Events::life(const Uuid& id, int event, int detail) {
    const auto meaning = closest_happening(event, detail);
    std::string why(meaning.detail);
    if (event == VIR_DOMAIN_EVENT_SUSPENDED) {
        if (const auto known = why_paused(id); detail == VIR_DOMAIN_EVENT_SUSPENDED_IOERROR && !known.empty())
            why = known;
    } else
        why_paused_.with([&](auto& reasons) { reasons.erase(id); });
    if (gone_ && (event == VIR_DOMAIN_EVENT_STOPPED || event == VIR_DOMAIN_EVENT_UNDEFINED)) gone_(id);
    tell({Subject::machine, id, std::string(meaning.what), std::move(why), meaning.state});
}

void Events::disk_error(const Uuid& id, const std::string& path, const std::string& alias, bool paused_it,
                        const std::string& reason) {
    const auto trouble = disk_trouble(reason);
    if (paused_it) {
        const bool full = reason == no_space;
        const bool in_pool = !pool_path_.empty() && std::filesystem::path(path).parent_path() == pool_path_;
        why_paused_.with([&](auto& reasons) {
            reasons[id] = "paused: " + (full && in_pool ? "no space left on pool occi" : trouble);
        });
    }
    tell({Subject::machine, id, "disk error", device_name(alias) + ": " + trouble, std::nullopt});
}

std::string Events::why_paused(const Uuid& id) const {
    return why_paused_.with([&](const auto& reasons) {
        const auto known = reasons.find(id);
        return known == reasons.end() ? std::string() : known->second;
    });
}

} // namespace hv::libvirt
