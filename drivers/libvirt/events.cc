#include "drivers/libvirt/events.hh"

#include "agent/base/log.hh"
#include "drivers/libvirt/bulk.hh"

#include <array>
#include <vector>

namespace hv::libvirt {
namespace {

using Subject = Change::Subject;

Events& events_of(void* opaque) noexcept { return **static_cast<std::shared_ptr<Events>*>(opaque); }

void free_events(void* opaque) {
    std::unique_ptr<std::shared_ptr<Events>> gone(static_cast<std::shared_ptr<Events>*>(opaque));
}

constexpr std::array<std::string_view, 9> life{"defined", "undefined", "started",      "suspended", "resumed",
                                               "stopped", "shut down", "pm-suspended", "crashed"};

std::string life_word(int event) {
    const auto index = static_cast<std::size_t>(event);
    return index < life.size() ? std::string(life[index]) : "event " + std::to_string(event);
}

// ---- what libvirt calls -----------------------------------------------------------------------------------

int on_life(virConnectPtr, virDomainPtr domain, int event, int, void* opaque) noexcept {
    auto& events = events_of(opaque);
    if (event != VIR_DOMAIN_EVENT_SUSPENDED) events.forget_disk_error(id_of(domain));
    events.tell(Subject::machine, id_of(domain), life_word(event));
    return 0;
}
void on_reboot(virConnectPtr, virDomainPtr domain, void* opaque) noexcept {
    events_of(opaque).tell(Subject::machine, id_of(domain), "rebooted");
}
void on_disk_error(virConnectPtr, virDomainPtr domain, const char*, const char* alias, int action,
                   const char* reason, void* opaque) noexcept {
    const std::string why = reason ? reason : "";
    if (action == VIR_DOMAIN_EVENT_IO_ERROR_PAUSE) events_of(opaque).note_disk_error(id_of(domain), why);
    events_of(opaque).tell(Subject::machine, id_of(domain),
                           "disk error on " + std::string(alias ? alias : "?") + " " + why);
}
void on_device_added(virConnectPtr, virDomainPtr domain, const char* alias, void* opaque) noexcept {
    events_of(opaque).tell(Subject::machine, id_of(domain),
                           std::string("device added ") + (alias ? alias : ""));
}
void on_device_removed(virConnectPtr, virDomainPtr domain, const char* alias, void* opaque) noexcept {
    events_of(opaque).tell(Subject::machine, id_of(domain),
                           std::string("device removed ") + (alias ? alias : ""));
}
void on_metadata(virConnectPtr, virDomainPtr domain, int, const char*, void* opaque) noexcept {
    events_of(opaque).tell(Subject::machine, id_of(domain), "metadata changed");
}
void on_network(virConnectPtr, virNetworkPtr network, int event, int, void* opaque) noexcept {
    constexpr std::array<std::string_view, 4> words{"defined", "undefined", "started", "stopped"};
    const auto index = static_cast<std::size_t>(event);
    events_of(opaque).tell(Subject::network, id_of(network),
                           std::string(index < words.size() ? words[index] : "changed"));
}
void on_pool(virConnectPtr, virStoragePoolPtr pool, int, int, void* opaque) noexcept {
    events_of(opaque).tell(Subject::volume, id_of(pool), "pool changed");
}
void on_refresh(virConnectPtr, virStoragePoolPtr pool, void* opaque) noexcept {
    events_of(opaque).tell(Subject::volume, id_of(pool), "pool refreshed");
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
    Subscription{"metadata", VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, domain_event<on_metadata>,
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
    if (listener_ && is_found_) listener_->found();
}

void Events::found() {
    std::lock_guard hold(telling_);
    is_found_ = true;
    if (listener_) listener_->found();
}

void Events::lost(const std::string& why) {
    std::lock_guard hold(telling_);
    is_found_ = false;
    if (listener_) listener_->lost(why);
}

void Events::tell(Subject subject, Uuid id, std::string what) {
    std::lock_guard hold(telling_);
    if (listener_) listener_->changed({subject, std::move(id), std::move(what)});
}

void Events::note_disk_error(const Uuid& id, std::string reason) {
    disk_errors_.with([&](auto& errors) { errors[id] = std::move(reason); });
}

void Events::forget_disk_error(const Uuid& id) {
    disk_errors_.with([&](auto& errors) { errors.erase(id); });
}

std::string Events::disk_error(const Uuid& id) const {
    return disk_errors_.with([&](const auto& errors) {
        const auto known = errors.find(id);
        return known == errors.end() ? std::string() : known->second;
    });
}

} // namespace hv::libvirt
