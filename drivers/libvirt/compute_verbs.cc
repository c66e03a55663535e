// The verbs of Domains: what each does to libvirt. Each may reach a guest's monitor, and so may never return.
#include "drivers/libvirt/compute.hh"
#include "drivers/libvirt/domain_calls.hh"

#include "agent/base/log.hh"
#include "drivers/libvirt/console_folder.hh"
#include "drivers/libvirt/guest_process.hh"
#include "drivers/note.hh"

#include <fmt/core.h>
#include <system_error>

namespace hv::libvirt {
namespace {

// virtlogd keeps <log>.0, <log>.1, ...: three, unless the operator wants more.
constexpr int most_rotations = 100;
constexpr std::size_t most_shapes = 1000;

constexpr unsigned undefine_all = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
                                  VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM;

int state_of(virDomainPtr domain, const std::string& doing) {
    int state = VIR_DOMAIN_NOSTATE;
    if (virDomainGetState(domain, &state, nullptr, 0) < 0) throw last_error(doing);
    return state;
}

void refuse_foreign(virDomainPtr domain, const Uuid& agent, const std::string& doing) {
    const std::string space(note_namespace);
    const Text note(
        virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, space.c_str(), VIR_DOMAIN_AFFECT_CURRENT));
    if (!note && last_code() != VIR_ERR_NO_DOMAIN_METADATA) throw last_error(doing);
    if (note && is_ours(note.get(), id_of(domain), virDomainGetName(domain), agent)) return;
    throw Error(Fault::forbidden, doing + ": it was not made by this agent, which only shows it");
}

// libvirt calls it invalid to ask for what is so already, for example because it has just become so.
template <class F> void check_unless(F&& is_so_already, int result, const std::string& doing) {
    if (result >= 0) return;
    const auto failure = last_error(doing);
    if (failure.fault() != Fault::conflict || !is_so_already()) throw failure;
}

} // namespace

// ---- how all of them go -----------------------------------------------------------------------------------

namespace {

std::string does_not_react(const Uuid& id, const std::string& why) {
    return fmt::format("compute {} does not react: {}; force it off or try again later", id, why);
}

// Somebody's command to its monitor takes far too long: ours would only wait behind it, in libvirt.
void refuse_occupied(virDomainPtr domain, const Uuid& id) {
    constexpr unsigned patience = 1000; // ms
    virDomainControlInfo info{};
    if (virDomainGetControlInfo(domain, &info, 0) < 0) return; // it does not run
    if (info.state == VIR_DOMAIN_CONTROL_OCCUPIED && info.stateTime > patience)
        throw Error(Fault::busy, does_not_react(id, fmt::format("its monitor has not answered for {} s",
                                                                info.stateTime / 1000)));
}

} // namespace

// As the prober knows, or as can be seen right now without asking libvirt.
std::string Domains::why_stuck(const Uuid& id) const {
    if (const auto verdict = diagnoses_->with([&](const auto& known) { return known.verdict(id); })) {
        const auto age =
            std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() - verdict->since);
        return fmt::format("{} ({} s)", verdict->sentence, age.count());
    }
    const auto process = process_of(setting_->pid_folder, domain_name(id));
    return process && is_stopped(*process) ? "its process is stopped" : "";
}

void Domains::call(const Uuid& id, const Verb& verb, std::function<void(virConnectPtr)> use) {
    const auto why = why_stuck(id);
    if (!why.empty() && !verb.urgent) throw Error(Fault::busy, does_not_react(id, why));
    auto turn = lanes_.enter(id, verb, why.empty());
    auto seat = verb.urgent ? connection_.lend(Lane::urgent, Lane::work) : connection_.lend(Lane::work);
    const auto lent = seat.get();
    std::move(turn).run([seat = std::move(seat), use = std::move(use)] { use(seat.get()); },
                        [this, lent] { connection_.replace(lent); });
}

void Domains::call_on(const Uuid& id, const Verb& verb,
                      std::function<void(virDomainPtr, const std::string& doing)> use) {
    call(id, verb,
         [id, agent = setting_->agent(), urgent = verb.urgent, doing = verb.on(id),
          use = std::move(use)](virConnectPtr connect) {
             const auto domain = look_up(connect, id, doing);
             if (!domain) throw Error(Fault::not_found, "there is no compute " + id);
             refuse_foreign(domain.get(), agent, doing);
             if (!urgent) refuse_occupied(domain.get(), id);
             use(domain.get(), doing);
         });
}

Frame Domains::frame_for(virConnectPtr connect, const Setting& setting, const Uuid& id,
                         const MachineSpec& spec) {
    Frame frame;
    frame.agent = setting.agent();
    frame.arch = setting.arch;
    frame.type = setting.type_for(connect, spec.arch.empty() ? setting.arch : spec.arch);
    frame.console_path = setting.console_path;
    frame.most_cores = setting.most_cores;
    for (const auto& nic : spec.nics) {
        if (frame.network_names.contains(nic.network)) continue;
        const LibvirtNetwork network(virNetworkLookupByUUIDString(connect, nic.network.c_str()));
        if (!network) throw last_error("define compute " + id);
        frame.network_names.emplace(nic.network, virNetworkGetName(network.get()));
    }
    return frame;
}

// ---- making -----------------------------------------------------------------------------------------------

namespace {

// Without validation libvirt drops what it does not know without a word; with it a definition takes 10 ms more. So
// each shape of document is validated until it has passed once.
void define_document(virConnectPtr connect, const std::string& document,
                     Guarded<std::set<std::string>>& passed_shapes, const std::string& doing) {
    const auto shape = shape_of(document);
    const bool passed = passed_shapes.with([&](const auto& shapes) { return shapes.contains(shape); });
    const Domain domain(virDomainDefineXMLFlags(connect, document.c_str(),
                                                passed ? 0U : unsigned{VIR_DOMAIN_DEFINE_VALIDATE}));
    if (!domain) throw last_error(doing);
    if (passed) return;
    passed_shapes.with([&](auto& shapes) {
        if (shapes.size() >= most_shapes) shapes.clear();
        shapes.insert(shape);
    });
}

} // namespace

// For libvirt a second definition replaces the first: between our look and the definition nobody else defines it, since
// there is one call for each domain.
void Domains::define(const Uuid& id, const MachineSpec& wanted) {
    call(id, verbs::define, [=, setting = setting_, shapes = passed_shapes_](virConnectPtr connect) {
        const auto doing = verbs::define.on(id);
        if (look_up(connect, id, doing)) throw Error(Fault::conflict, doing + ": there is one already");
        const auto frame = frame_for(connect, *setting, id, wanted);
        define_document(connect, to_domain_xml(id, completed(wanted), frame), *shapes, doing);
    });
}

void Domains::remove(const Uuid& id) {
    call(id, verbs::remove, [id, agent = setting_->agent()](virConnectPtr connect) {
        const auto doing = verbs::remove.on(id);
        const auto domain = look_up(connect, id, doing);
        if (!domain) return;
        refuse_foreign(domain.get(), agent, doing);
        // Undefining one that runs would leave it running, and unknown after its end.
        if (is_active(domain.get(), doing)) throw Error(Fault::conflict, doing + ": it runs");
        if (virDomainUndefineFlags(domain.get(), undefine_all) < 0 && last_code() != VIR_ERR_NO_DOMAIN)
            throw last_error(doing);
    });
    forced_off_->with([&](auto& all) { all.erase(id); });
    remove_console_log(id);
}

void Domains::remove_console_log(const Uuid& id) const {
    const auto log = console_log(setting_->console_path, id);
    std::error_code failure;
    std::filesystem::remove(log, failure);
    for (int i = 0; i < most_rotations && !failure; ++i)
        if (!std::filesystem::remove(log.string() + "." + std::to_string(i), failure)) break;
    if (failure) logging::warning("cannot remove the console log {}: {}", log.string(), failure.message());
}

// ---- running ----------------------------------------------------------------------------------------------

void Domains::start(const Uuid& id) {
    make_console_folder(setting_->console_path);
    call_on(id, verbs::start, [](virDomainPtr domain, const std::string& doing) {
        const auto runs = [&] { return state_of(domain, doing) == VIR_DOMAIN_RUNNING; };
        switch (state_of(domain, doing)) {
        case VIR_DOMAIN_RUNNING:
        case VIR_DOMAIN_BLOCKED:
        case VIR_DOMAIN_SHUTDOWN: return;
        case VIR_DOMAIN_PAUSED: return check_unless(runs, virDomainResume(domain), doing);
        case VIR_DOMAIN_PMSUSPENDED: return check_unless(runs, virDomainPMWakeup(domain, 0), doing);
        default: return check_unless(runs, virDomainCreateWithFlags(domain, 0), doing);
        }
    });
}

void Domains::press_power_button(const Uuid& id) {
    call_on(id, verbs::press_power_button, [](virDomainPtr domain, const std::string& doing) {
        // For libvirt a guest that has shut down, and whose process is not gone yet, does not run any more.
        check_unless([&] { return state_of(domain, doing) == VIR_DOMAIN_SHUTDOWN; },
                     virDomainShutdownFlags(domain, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN), doing);
    });
}

void Domains::power_off(const Uuid& id) {
    // Of two who do this at a time one is told that it does not run: both have what they want. A libvirtd that was
    // killed in the middle of it believes ever after that the guest crashed.
    call_on(id, verbs::power_off,
            [id, forced_off = forced_off_](virDomainPtr domain, const std::string& doing) {
                check_unless([&] { return !is_active(domain, doing); }, virDomainDestroy(domain), doing);
                forced_off->with([&](auto& all) { all.insert(id); });
            });
    diagnoses_->with([&](auto& known) { known.forget(id, std::chrono::steady_clock::now()); });
}

// Only removes a file: it need not be one that can be read.
void Domains::discard(const Uuid& id) {
    call_on(id, verbs::discard, [](virDomainPtr domain, const std::string& doing) {
        if (is_active(domain, doing)) throw Error(Fault::conflict, doing + ": it is in memory");
        const int saved = virDomainHasManagedSaveImage(domain, 0);
        if (saved < 0) throw last_error(doing);
        if (saved > 0) check(virDomainManagedSaveRemove(domain, 0), doing);
    });
}

void Domains::suspend(const Uuid& id, Suspend how) {
    call_on(id, how == Suspend::pause ? verbs::pause : verbs::save,
            [how](virDomainPtr domain, const std::string& doing) {
                // Saved while paused it would come back paused, and a start is to make it run.
                check(how == Suspend::pause ? virDomainSuspend(domain)
                                            : virDomainManagedSave(domain, VIR_DOMAIN_SAVE_RUNNING),
                      doing);
            });
}

void Domains::restart(const Uuid& id, Restart how) {
    call_on(id, verbs::restart, [how](virDomainPtr domain, const std::string& doing) {
        check(how == Restart::reset ? virDomainReset(domain, 0)
                                    : virDomainReboot(domain, VIR_DOMAIN_REBOOT_ACPI_POWER_BTN),
              doing);
    });
}

} // namespace hv::libvirt
