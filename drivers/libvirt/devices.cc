// Disks and NICs that come and go while a domain is there. Each has three places: the domain that runs, the definition
// that later starts use, and our note. Each verb looks at all three and does what is missing, in an order that lets the
// next call finish what a crash has cut off:
//   attach: note, then domain and definition.   detach: domain, then definition, then note.
// So a disk of ours is never plugged in without our note of whose it is, and a note alone shows no disk (known_disks).
// A NIC of the note is shown: its address is still to be freed.
#include "drivers/libvirt/compute.hh"
#include "drivers/libvirt/domain_calls.hh"

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
// libvirt's, for a bus that is full; it calls that an internal error.
constexpr std::string_view no_slot = "No more available PCI slots";

// A domain of ours as it is now.
struct Look {
    bool runs = false;
    bool saved = false;
    struct Devices {
        std::vector<DiskDevice> disks;
        std::vector<NicDevice> nics;
    };
    Devices now; // of the domain that runs
    Devices later;
    MachineSpec note;
    Mark mark; // of the note
};

Look::Devices devices_in(const std::string& document) { return {disks_in(document), nics_in(document)}; }

Look look_at(virDomainPtr domain, const std::string& doing) {
    Look look;
    look.runs = is_active(domain, doing);
    look.saved = !look.runs && has_saved_memory(domain, doing);
    const auto definition = document_of(domain, VIR_DOMAIN_XML_INACTIVE, doing);
    look.note = spec_in_note(definition);
    look.mark = mark_in_note(definition);
    look.later = devices_in(definition);
    if (look.runs) look.now = devices_in(document_of(domain, 0, doing));
    return look;
}

// Of what runs now and of later starts. It may be forced off at any time.
void set_note(virDomainPtr domain, const MachineSpec& spec, const Mark& mark, const std::string& doing) {
    const auto set = [&](unsigned flags) {
        const std::string space(note_namespace);
        return virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, to_note(spec, mark).c_str(),
                                    note_prefix, space.c_str(), flags);
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

const NicDevice* device_of(const std::vector<NicDevice>& nics, const Nic& nic) noexcept {
    const auto found = std::ranges::find(nics, nic.mac, &NicDevice::mac);
    return found == nics.end() ? nullptr : &*found;
}
const DiskDevice* device_of(const Look::Devices& devices, const Disk& disk) noexcept {
    return libvirt::device_of(devices.disks, disk);
}
const NicDevice* device_of(const Look::Devices& devices, const Nic& nic) noexcept {
    return device_of(devices.nics, nic);
}

template <class Device> bool is_plugged_in(const Look& look, const Device& device) {
    return device_of(look.now, device) || device_of(look.later, device);
}

void refuse_taken(const Look::Devices& devices, const Disk& disk, const std::string& doing) {
    const auto* own = device_of(devices, disk);
    for (const auto& each : devices.disks)
        if (each.target == disk.target && &each != own)
            throw Error(Fault::conflict, doing + ": target " + disk.target + " is taken");
}

// Takes the note back after a failure, unless the device is there in spite of it, or nobody can tell.
template <class Device>
void restore_note(virDomainPtr domain, const Look& before, const Device& device,
                  const std::string& doing) noexcept try {
    if (!is_plugged_in(look_at(domain, doing), device)) set_note(domain, before.note, before.mark, doing);
} catch (const std::exception& failure) {
    logging::warning("{}: what was noted of it stays: {}", doing, failure.what());
}

void check_attached(int result, const std::string& doing) {
    if (result >= 0) return;
    const auto failure = last_error(doing);
    const std::string_view said = failure.what();
    if (said.find(no_slot) != said.npos)
        throw Error(Fault::conflict, doing + ": it has no slot left for one more device");
    if (said.find(left_behind) == said.npos) throw failure;
    throw Error(Fault::conflict, doing + ": an attempt in which libvirtd died has left it behind; switch the "
                                         "machine off and on, then try again");
}

// `note`: with the device.
template <class Device>
void plug_in(virDomainPtr domain, const Look& look, const MachineSpec& note, const Device& device,
             const std::string& xml, const std::string& doing) {
    const bool now = look.runs && !device_of(look.now, device);
    const bool later = !device_of(look.later, device);
    if (note != look.note) set_note(domain, note, look.mark, doing);
    if (!now && !later) return;
    Defer undo([&] { restore_note(domain, look, device, doing); });
    const auto flags = static_cast<unsigned>(now ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CURRENT) |
                       static_cast<unsigned>(later ? VIR_DOMAIN_AFFECT_CONFIG : VIR_DOMAIN_AFFECT_CURRENT);
    check_attached(virDomainAttachDeviceFlags(domain, xml.c_str(), flags), doing);
    undo.dismiss();
    // libvirt tells nobody that a definition has changed, but that metadata were set.
    if (!now) set_note(domain, note, look.mark, doing);
}

template <class Device> bool is_whole(const Look& look, const MachineSpec& note, const Device& device) {
    return (!look.runs || device_of(look.now, device)) && device_of(look.later, device) && note == look.note;
}

void plug_in(virDomainPtr domain, const Disk& wanted, const std::string& doing) {
    const auto look = look_at(domain, doing);
    auto note = look.note;
    auto noted = std::ranges::find(note.disks, wanted.volume, &Disk::volume);
    // Half-way there is where the first call wanted it.
    const auto disk = noted != note.disks.end() && is_plugged_in(look, *noted) ? *noted : wanted;
    if (noted != note.disks.end())
        *noted = disk;
    else
        note.disks.push_back(disk);
    if (is_whole(look, note, disk)) return;

    refuse_saved(look, doing);
    refuse_taken(look.now, disk, doing);
    refuse_taken(look.later, disk, doing);
    plug_in(domain, look, note, disk, to_disk_xml(disk), doing);
}

void plug_in(virDomainPtr domain, const Nic& nic, const std::string& doing) {
    const auto look = look_at(domain, doing);
    auto note = look.note;
    if (std::ranges::find(note.nics, nic.mac, &Nic::mac) == note.nics.end()) note.nics.push_back(nic);
    if (is_whole(look, note, nic)) return;

    refuse_saved(look, doing);
    const LibvirtNetwork network(
        virNetworkLookupByUUIDString(virDomainGetConnect(domain), nic.network.c_str()));
    if (!network) throw last_error(doing);
    plug_in(domain, look, note, nic, to_nic_xml(nic, virNetworkGetName(network.get())), doing);
}

// ---- detaching ----------------------------------------------------------------------------------------------------

Error refusal(const std::string& doing, const std::string& target, const std::string& why) {
    return {Fault::conflict,
            doing + ": the guest does not release " + target + "; stop it or try again" + why};
}

// What libvirt has no objection to. That the device, or all of the domain, is gone meanwhile is none: the next look
// tells.
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

void ask_for(virDomainPtr domain, const std::string& alias, const std::string& name,
             const std::string& doing) {
    check_request(virDomainDetachDeviceAlias(domain, alias.c_str(), VIR_DOMAIN_AFFECT_LIVE), name, doing);
}

void undefine_device(virDomainPtr domain, const std::string& xml, const std::string& doing) {
    check(virDomainDetachDeviceFlags(domain, xml.c_str(), VIR_DOMAIN_AFFECT_CONFIG), doing);
}

// For later starts.
void forget(virDomainPtr domain, const Look& look, Disk disk, const std::string& doing) {
    if (const auto* device = device_of(look.later, disk)) {
        disk.target = device->target; // by which libvirt finds it
        undefine_device(domain, to_disk_xml(disk), doing);
    }
    auto note = look.note;
    std::erase_if(note.disks, [&](const Disk& each) { return each.volume == disk.volume; });
    set_note(domain, note, look.mark, doing);
}

// A storage without the snapshot that others have put on top of it is not what the guest has written.
void refuse_covered(const Look& look, const Disk& disk, const std::string& doing) {
    for (const auto* devices : {&look.now, &look.later})
        if (const auto* device = device_of(*devices, disk);
            device && !device->file.empty() && device->file != disk.layers.front().path)
            throw Error(Fault::conflict, doing + ": others have put the snapshot " + device->file +
                                             " on top of " + device->target +
                                             "; merge it first (virsh blockcommit)");
}

// One step towards the end; the target that the guest still holds, or "" at the end. libvirt asks it and does not
// wait.
std::string unplug(virDomainPtr domain, const Uuid& volume, bool ask, const std::string& doing) {
    const auto look = look_at(domain, doing);
    const auto disk = std::ranges::find(look.note.disks, volume, &Disk::volume);
    if (disk == look.note.disks.end()) return {};
    refuse_saved(look, doing);
    if (disk->content == Content::storage) refuse_covered(look, *disk, doing);
    const auto* held = device_of(look.now, *disk);
    if (held && ask) ask_for(domain, held->alias, held->target, doing);
    if (held) return held->target;
    forget(domain, look, *disk, doing);
    return {};
}

// The same; what the guest still holds is called by its MAC.
std::string unplug(virDomainPtr domain, const Nic& nic, bool ask, const std::string& doing) {
    const auto look = look_at(domain, doing);
    auto note = look.note;
    std::erase_if(note.nics, [&](const Nic& each) { return each.mac == nic.mac; });
    if (note == look.note && !is_plugged_in(look, nic)) return {};
    refuse_saved(look, doing);
    const auto* held = device_of(look.now, nic);
    if (held && ask) ask_for(domain, held->alias, held->mac, doing);
    if (held) return held->mac;
    if (const auto* device = device_of(look.later, nic)) undefine_device(domain, device->document, doing);
    set_note(domain, note, look.mark, doing);
    return {};
}

} // namespace

void Domains::attach(const Uuid& id, const Disk& disk) {
    if (disk.volume.empty() || disk.target.empty() || disk.layers.empty())
        throw Error(Fault::invalid, verbs::attach.on(id) + ": it needs a volume, a target and a file");
    call_on(id, verbs::attach,
            [disk](virDomainPtr domain, const std::string& doing) { plug_in(domain, disk, doing); });
}

void Domains::attach(const Uuid& id, const Nic& nic) {
    if (nic.mac.empty() || nic.network.empty())
        throw Error(Fault::invalid, verbs::attach_nic.on(id) + ": it needs a MAC and a network");
    call_on(id, verbs::attach_nic,
            [nic](virDomainPtr domain, const std::string& doing) { plug_in(domain, nic, doing); });
}

void Domains::detach(const Uuid& id, const Uuid& volume, std::chrono::milliseconds patience) {
    unplug(id, verbs::detach, patience, [volume](virDomainPtr domain, bool ask, const std::string& doing) {
        return libvirt::unplug(domain, volume, ask, doing);
    });
}

void Domains::detach(const Uuid& id, const Nic& nic, std::chrono::milliseconds patience) {
    unplug(id, verbs::detach_nic, patience, [nic](virDomainPtr domain, bool ask, const std::string& doing) {
        return libvirt::unplug(domain, nic, ask, doing);
    });
}

// Many short calls, so that nothing is held while the guest thinks it over.
void Domains::unplug(const Uuid& id, const Verb& verb, std::chrono::milliseconds patience,
                     const Unplug& step) {
    const auto until = Clock::now() + patience;
    const auto between_requests = std::max(patience / requests, between_looks);
    auto next_request = Clock::now();
    const auto held = std::make_shared<std::string>(); // by the guest
    const auto take_a_step = [&] {
        const bool ask = Clock::now() >= next_request;
        if (ask) next_request += between_requests;
        call_on(id, verb,
                [=](virDomainPtr domain, const std::string& doing) { *held = step(domain, ask, doing); });
    };
    for (take_a_step(); !held->empty();) {
        if (Clock::now() >= until) throw refusal(verb.on(id), *held, "");
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
