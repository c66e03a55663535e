#include "drivers/libvirt/compute.hh"

#include "agent/base/log.hh"
#include "drivers/libvirt/events.hh"
#include "drivers/libvirt/state.hh"
#include "drivers/note.hh"

#include <system_error>

namespace hv::libvirt {
namespace {

// The prefix under which libvirt writes our note when it is set again.
constexpr const char* note_prefix = "occi";
// virtlogd keeps <log>.0, <log>.1, ...: three, unless the operator wants more.
constexpr int most_rotations = 100;
constexpr std::size_t most_shapes = 1000;

constexpr unsigned undefine_all = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
                                  VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM;

Domain look_up(virConnectPtr connect, const Uuid& id, const std::string& doing) {
    Domain domain(virDomainLookupByUUIDString(connect, id.c_str()));
    if (!domain && last_code() != VIR_ERR_NO_DOMAIN) throw last_error(doing);
    return domain;
}

int state_of(virDomainPtr domain, const std::string& doing) {
    int state = VIR_DOMAIN_NOSTATE;
    if (virDomainGetState(domain, &state, nullptr, 0) < 0) throw last_error(doing);
    return state;
}

bool is_active(virDomainPtr domain, const std::string& doing) {
    const int active = virDomainIsActive(domain);
    if (active < 0) throw last_error(doing);
    return active == 1;
}

void refuse_foreign(virDomainPtr domain, const std::string& doing) {
    const std::string space(note_namespace);
    const Text note(
        virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, space.c_str(), VIR_DOMAIN_AFFECT_CURRENT));
    if (note) return;
    if (last_code() != VIR_ERR_NO_DOMAIN_METADATA) throw last_error(doing);
    throw Error(Fault::forbidden, doing + ": it was not made by this agent, which only shows it");
}

void check(int result, const std::string& doing) {
    if (result < 0) throw last_error(doing);
}

// libvirt calls it invalid to ask for what is so already, for example because it has just become so.
template <class F> void check_unless(F&& is_so_already, int result, const std::string& doing) {
    if (result >= 0) return;
    const auto failure = last_error(doing);
    if (failure.fault() != Fault::conflict || !is_so_already()) throw failure;
}

} // namespace

Domains::Domains(Connection& connection, const Events& events, Setting setting)
    : connection_(connection), events_(events), setting_(std::move(setting)) {}

// ---- reading ----------------------------------------------------------------------------------------------

Machine Domains::read(const Glance& glance, const NetworkOf& network_of) const {
    const auto id = id_of(glance.domain.get());
    const Text document(virDomainGetXMLDesc(glance.domain.get(), 0));
    if (!document) throw last_error("read compute " + id);
    Machine machine;
    try {
        machine = from_domain_xml(document.get(), network_of);
    } catch (const Error& failure) {
        // One that cannot be read must not hide all others.
        logging::warning("compute {} is shown without details: {}", id, failure.what());
        machine = Machine();
        machine.id = id;
        machine.name = machine.spec.title = virDomainGetName(glance.domain.get());
    }
    const auto meaning = meaning_of(glance.state, glance.reason, glance.has_saved_memory);
    machine.state = meaning.state;
    machine.reason = meaning.reason;
    const bool disk_stopped_it =
        glance.state == VIR_DOMAIN_PAUSED && glance.reason == VIR_DOMAIN_PAUSED_IOERROR;
    if (disk_stopped_it && events_.disk_error(id) == "enospc")
        machine.reason = "paused: no space left on the device";
    return machine;
}

std::vector<Machine> Domains::list() {
    return connection_.with(Lane::watch, [&](virConnectPtr connect) {
        const auto networks = network_ids(connect);
        const auto network_of = [&](const std::string& name) {
            const auto known = networks.find(name);
            return known == networks.end() ? Uuid() : known->second;
        };
        std::vector<Machine> machines;
        for (const auto& glance : glance_at_all(connect)) {
            try {
                machines.push_back(read(glance, network_of));
            } catch (const Error& failure) {
                // Gone since the glance.
                if (failure.fault() != Fault::not_found) throw;
            }
        }
        return machines;
    });
}

std::optional<Machine> Domains::find(const Uuid& id) {
    const auto doing = "read compute " + id;
    return connection_.with(Lane::watch, [&](virConnectPtr connect) -> std::optional<Machine> {
        auto domain = look_up(connect, id, doing);
        if (!domain) return std::nullopt;
        const auto network_of = [&](const std::string& name) {
            const LibvirtNetwork network(virNetworkLookupByName(connect, name.c_str()));
            return network ? id_of(network.get()) : Uuid();
        };
        try {
            return read(glance_at(std::move(domain), doing), network_of);
        } catch (const Error& failure) {
            if (failure.fault() != Fault::not_found) throw;
            return std::nullopt;
        }
    });
}

// ---- making -----------------------------------------------------------------------------------------------

Frame Domains::frame_for(virConnectPtr connect, const Uuid& id, const MachineSpec& spec) const {
    Frame frame;
    frame.arch = setting_.arch;
    frame.type = setting_.type_for(connect, spec.arch.empty() ? setting_.arch : spec.arch);
    frame.console_path = setting_.console_path;
    for (const auto& nic : spec.nics) {
        if (frame.network_names.contains(nic.network)) continue;
        const LibvirtNetwork network(virNetworkLookupByUUIDString(connect, nic.network.c_str()));
        if (!network) throw last_error("define compute " + id);
        frame.network_names.emplace(nic.network, virNetworkGetName(network.get()));
    }
    return frame;
}

void Domains::define(const Uuid& id, const MachineSpec& wanted) {
    const auto doing = "define compute " + id;
    // For libvirt a second definition replaces the first.
    if (!being_defined_.with([&](auto& ids) { return ids.insert(id).second; }))
        throw Error(Fault::conflict, doing + ": it is being defined already");
    const Defer done([&] { being_defined_.with([&](auto& ids) { ids.erase(id); }); });

    connection_.with(Lane::work, [&](virConnectPtr connect) {
        if (look_up(connect, id, doing)) throw Error(Fault::conflict, doing + ": there is one already");
        define_document(connect, to_domain_xml(id, completed(wanted), frame_for(connect, id, wanted)), doing);
    });
}

// Without validation libvirt drops what it does not know without a word; with it a definition takes 10 ms more. So
// each shape of document is validated until it has passed once.
void Domains::define_document(virConnectPtr connect, const std::string& document, const std::string& doing) {
    const auto shape = shape_of(document);
    const bool passed = passed_shapes_.with([&](const auto& shapes) { return shapes.contains(shape); });
    const Domain domain(virDomainDefineXMLFlags(connect, document.c_str(),
                                                passed ? 0U : unsigned{VIR_DOMAIN_DEFINE_VALIDATE}));
    if (!domain) throw last_error(doing);
    if (passed) return;
    passed_shapes_.with([&](auto& shapes) {
        if (shapes.size() >= most_shapes) shapes.clear();
        shapes.insert(shape);
    });
}

void Domains::retitle(const Uuid& id, const std::string& title) {
    with_ours(id, "retitle compute " + id, [&](virDomainPtr domain, const std::string& doing) {
        const Text document(virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE));
        if (!document) throw last_error(doing);
        auto spec = spec_in_note(document.get());
        spec.title = title;
        const auto flags = static_cast<unsigned>(
            VIR_DOMAIN_AFFECT_CONFIG |
            (is_active(domain, doing) ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CURRENT));
        const auto line = in_one_line(title);
        check(virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_TITLE, line.empty() ? nullptr : line.c_str(),
                                   nullptr, nullptr, flags),
              doing);
        check(virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, to_note(spec).c_str(), note_prefix,
                                   std::string(note_namespace).c_str(), flags),
              doing);
    });
}

void Domains::remove(const Uuid& id) {
    const auto doing = "remove compute " + id;
    connection_.with(Lane::work, [&](virConnectPtr connect) {
        const auto domain = look_up(connect, id, doing);
        if (!domain) return;
        refuse_foreign(domain.get(), doing);
        // Undefining one that runs would leave it running, and unknown after its end.
        if (is_active(domain.get(), doing)) throw Error(Fault::conflict, doing + ": it runs");
        if (virDomainUndefineFlags(domain.get(), undefine_all) < 0 && last_code() != VIR_ERR_NO_DOMAIN)
            throw last_error(doing);
    });
    remove_console_log(id);
}

void Domains::remove_console_log(const Uuid& id) const {
    const auto log = console_log(setting_.console_path, id);
    std::error_code failure;
    std::filesystem::remove(log, failure);
    for (int i = 0; i < most_rotations && !failure; ++i)
        if (!std::filesystem::remove(log.string() + "." + std::to_string(i), failure)) break;
    if (failure) logging::warning("cannot remove the console log {}: {}", log.string(), failure.message());
}

// ---- running ----------------------------------------------------------------------------------------------

// `use` gets the domain, which is ours, and `doing`.
template <class F> void Domains::with_ours(const Uuid& id, const std::string& doing, F&& use) {
    connection_.with(Lane::work, [&](virConnectPtr connect) {
        const auto domain = look_up(connect, id, doing);
        if (!domain) throw Error(Fault::not_found, "there is no compute " + id);
        refuse_foreign(domain.get(), doing);
        use(domain.get(), doing);
    });
}

void Domains::start(const Uuid& id) {
    with_ours(id, "start compute " + id, [](virDomainPtr domain, const std::string& doing) {
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
    with_ours(id, "press the power button of compute " + id,
              [](virDomainPtr domain, const std::string& doing) {
                  check(virDomainShutdownFlags(domain, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN), doing);
              });
}

void Domains::power_off(const Uuid& id) {
    with_ours(id, "power off compute " + id, [](virDomainPtr domain, const std::string& doing) {
        check_unless([&] { return !is_active(domain, doing); }, virDomainDestroy(domain), doing);
    });
}

void Domains::suspend(const Uuid& id, Suspend how) {
    with_ours(id, "suspend compute " + id, [how](virDomainPtr domain, const std::string& doing) {
        // Saved while paused it would come back paused, and a start is to make it run.
        check(how == Suspend::pause ? virDomainSuspend(domain)
                                    : virDomainManagedSave(domain, VIR_DOMAIN_SAVE_RUNNING),
              doing);
    });
}

void Domains::restart(const Uuid& id, Restart how) {
    with_ours(id, "restart compute " + id, [how](virDomainPtr domain, const std::string& doing) {
        check(how == Restart::reset ? virDomainReset(domain, 0)
                                    : virDomainReboot(domain, VIR_DOMAIN_REBOOT_ACPI_POWER_BTN),
              doing);
    });
}

} // namespace hv::libvirt
