// Disks that come and go while a domain is there. A disk has three places: the domain that runs, the definition that later
// starts use, and our note. Each verb looks at all three and does what is missing, in an order that lets the next call finish
// what a crash has cut off:
//   attach: note, then domain and definition.   detach: domain, then definition, then note.
// So a disk of ours is never plugged in without our note of whose it is, and a note alone shows nothing (known_disks).
#include "drivers/libvirt/compute.hh"

#include "agent/base/log.hh"
#include "drivers/note.hh"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <thread>

namespace hv::libvirt {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* note_prefix = "occi";
constexpr std::chrono::milliseconds between_looks = 100ms;
constexpr int requests = 3; // to one guest, in the time that it has
// QEMU's word for a guest that was asked already and has not answered; libvirt has no code for it.
constexpr std::string_view asked_already = "already in the process of unplug";
// Its word for a device that it has and that libvirt, killed before it had written that down, knows nothing of.
constexpr std::string_view left_behind = "Duplicate device ID";

void check(int result, const std::string& doing) {
    if (result < 0) throw last_error(doing);
}

bool is_active(virDomainPtr domain, const std::string& doing) {
    const int active = virDomainIsActive(domain);
    check(active, doing);
    return active == 1;
}

std::string document_of(virDomainPtr domain, unsigned flags, const std::string& doing) {
    const Text document(virDomainGetXMLDesc(domain, flags));
    if (!document) throw last_error(doing);
    return document.get();
}

// A domain of ours as it is now.
struct Look {
    bool runs = false;
    bool saved = false;
    std::vector<DiskDevice> now; // of the domain that runs
    std::vector<DiskDevice> later;
    MachineSpec note;
};

Look look_at(virDomainPtr domain, const std::string& doing) {
    Look look;
    look.runs = is_active(domain, doing);
    look.saved = !look.runs && has_saved_memory(domain, doing);
    const auto definition = document_of(domain, VIR_DOMAIN_XML_INACTIVE, doing);
    look.note = spec_in_note(definition);
    look.later = disks_in(definition);
    if (look.runs) look.now = disks_in(document_of(domain, 0, doing));
    return look;
}

// Of what runs now and of later starts. It may be forced off at any time.
void set_note(virDomainPtr domain, const MachineSpec& spec, const std::string& doing) {
    const auto set = [&](unsigned flags) {
        const std::string space(note_namespace);
        return virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, to_note(spec).c_str(), note_prefix,
                                    space.c_str(), flags);
    };
    constexpr auto later = static_cast<unsigned>(VIR_DOMAIN_AFFECT_CONFIG);
    if (is_active(domain, doing)) {
        if (set(later | static_cast<unsigned>(VIR_DOMAIN_AFFECT_LIVE)) >= 0) return;
        const auto failure = last_error(doing);
        if (failure.fault() != Fault::conflict || is_active(domain, doing)) throw failure;
    }
    check(set(later), doing);
}

// What is in saved memory is restored as it was: a change of the definition would not reach it.
void refuse_saved(const Look& look, const std::string& doing) {
    if (look.saved) throw Error(Fault::conflict, doing + ": it is saved; start it first");
}

// ---- attaching ----------------------------------------------------------------------------------------------------

bool is_plugged_in(const Look& look, const Disk& disk) {
    return device_of(look.now, disk) || device_of(look.later, disk);
}

void refuse_taken(const std::vector<DiskDevice>& devices, const Disk& disk, const std::string& doing) {
    const auto* own = device_of(devices, disk);
    for (const auto& each : devices)
        if (each.target == disk.target && &each != own)
            throw Error(Fault::conflict, doing + ": target " + disk.target + " is taken");
}

// Takes the note back after a failure, unless the disk is there in spite of it, or nobody can tell.
void restore_note(virDomainPtr domain, const MachineSpec& before, const Disk& disk,
                  const std::string& doing) noexcept try {
    if (!is_plugged_in(look_at(domain, doing), disk)) set_note(domain, before, doing);
} catch (const std::exception& failure) {
    logging::warning("{}: what was noted of it stays: {}", doing, failure.what());
}

void check_attached(int result, const std::string& doing) {
    if (result >= 0) return;
    const auto failure = last_error(doing);
    const std::string_view said = failure.what();
    if (said.find(left_behind) == said.npos) throw failure;
    throw Error(Fault::conflict, doing + ": an attempt in which libvirtd died has left it behind; switch the "
                                         "machine off and on, then try again");
}

void plug_in(virDomainPtr domain, const Disk& wanted, const std::string& doing) {
    const auto look = look_at(domain, doing);
    auto note = look.note;
    auto noted = std::ranges::find(note.disks, wanted.volume, &Disk::volume);
    // Half-way there is where the first call wanted it.
    const auto disk = noted != note.disks.end() && is_plugged_in(look, *noted) ? *noted : wanted;
    const bool now = look.runs && !device_of(look.now, disk);
    const bool later = !device_of(look.later, disk);
    if (noted != note.disks.end())
        *noted = disk;
    else
        note.disks.push_back(disk);
    if (!now && !later && note == look.note) return;

    refuse_saved(look, doing);
    refuse_taken(look.now, disk, doing);
    refuse_taken(look.later, disk, doing);
    if (note != look.note) set_note(domain, note, doing);
    if (!now && !later) return;
    Defer undo([&] { restore_note(domain, look.note, disk, doing); });
    const auto flags = static_cast<unsigned>(now ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CURRENT) |
                       static_cast<unsigned>(later ? VIR_DOMAIN_AFFECT_CONFIG : VIR_DOMAIN_AFFECT_CURRENT);
    check_attached(virDomainAttachDeviceFlags(domain, to_disk_xml(disk).c_str(), flags), doing);
    undo.dismiss();
    // libvirt tells nobody that a definition has changed, but that metadata were set.
    if (!now) set_note(domain, note, doing);
}

// ---- detaching ----------------------------------------------------------------------------------------------------

Error refusal(const std::string& doing, const std::string& target, const std::string& why) {
    return {Fault::conflict,
            doing + ": the guest does not release " + target + "; stop it or try again" + why};
}

// What libvirt has no objection to. That the device, or all of the domain, is gone meanwhile is none: the next look tells.
void check_request(int result, const std::string& target, const std::string& doing) {
    if (result >= 0) return;
    const int code = last_code();
    if (code == VIR_ERR_DEVICE_MISSING || code == VIR_ERR_OPERATION_INVALID) return;
    const auto failure = last_error(doing);
    const std::string_view said = failure.what();
    if (said.find(asked_already) != said.npos) return;
    if (failure.fault() != Fault::internal) throw failure;
    throw refusal(doing, target, " (" + std::string(said.substr(doing.size() + 2)) + ")");
}

// For later starts.
void forget(virDomainPtr domain, const Look& look, Disk disk, const std::string& doing) {
    if (const auto* device = device_of(look.later, disk)) {
        disk.target = device->target; // by which libvirt finds it
        check(virDomainDetachDeviceFlags(domain, to_disk_xml(disk).c_str(), VIR_DOMAIN_AFFECT_CONFIG), doing);
    }
    auto note = look.note;
    std::erase_if(note.disks, [&](const Disk& each) { return each.volume == disk.volume; });
    set_note(domain, note, doing);
}

// One step towards the end; the target that the guest still holds, or "" at the end. libvirt asks it and does not
// wait.
std::string unplug(virDomainPtr domain, const Uuid& volume, bool ask, const std::string& doing) {
    const auto look = look_at(domain, doing);
    const auto disk = std::ranges::find(look.note.disks, volume, &Disk::volume);
    if (disk == look.note.disks.end()) return {};
    refuse_saved(look, doing);
    const auto* held = device_of(look.now, *disk);
    if (held && ask) {
        const int result = virDomainDetachDeviceAlias(domain, held->alias.c_str(), VIR_DOMAIN_AFFECT_LIVE);
        check_request(result, held->target, doing);
    }
    if (held) return held->target;
    forget(domain, look, *disk, doing);
    return {};
}

} // namespace

void Domains::attach(const Uuid& id, const Disk& disk) {
    if (disk.volume.empty() || disk.target.empty() || disk.layers.empty())
        throw Error(Fault::invalid, verbs::attach.on(id) + ": it needs a volume, a target and a file");
    call_on(id, verbs::attach,
            [disk](virDomainPtr domain, const std::string& doing) { plug_in(domain, disk, doing); });
}

// Many short calls, so that nothing is held while the guest thinks it over.
void Domains::detach(const Uuid& id, const Uuid& volume, std::chrono::milliseconds patience) {
    const auto until = Clock::now() + patience;
    const auto between_requests = std::max(patience / requests, between_looks);
    auto next_request = Clock::now();
    const auto held = std::make_shared<std::string>(); // by the guest
    const auto take_a_step = [&] {
        const bool ask = Clock::now() >= next_request;
        if (ask) next_request += between_requests;
        call_on(id, verbs::detach, [=](virDomainPtr domain, const std::string& doing) {
            *held = unplug(domain, volume, ask, doing);
        });
    };
    for (take_a_step(); !held->empty();) {
        if (Clock::now() >= until) throw refusal(verbs::detach.on(id), *held, "");
        std::this_thread::sleep_until(std::min(Clock::now() + between_looks, until));
        try {
            take_a_step();
        } catch (const Error& failure) {
            // Somebody forces it off, say, after which nothing holds the disk.
            if (failure.fault() != Fault::busy || Clock::now() >= until) throw;
        }
    }
}

} // namespace hv::libvirt
