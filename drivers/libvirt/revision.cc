// What of a machine changes and is no device: its title, notes, sizes, shares and architecture, and how large its disks
// are. The definition has all of it first, in one call, so that a crash leaves the old machine or the new one; then
// what runs follows as far as it can. Each verb looks first, and does what is missing.
#include "drivers/libvirt/compute.hh"
#include "drivers/libvirt/domain_calls.hh"

#include "agent/base/log.hh"
#include "drivers/note.hh"

#include <algorithm>
#include <tuple>

namespace hv::libvirt {
namespace {

// The prefix under which libvirt writes our note when it is set again.
constexpr const char* note_prefix = "occi";
constexpr std::uint64_t kibibyte = 1024;

// ---- title and note -----------------------------------------------------------------------------------------------

// Of later starts, and of what runs now when it still does.
void set_texts(virDomainPtr domain, const MachineSpec& spec, const Mark& mark, const std::string& doing) {
    const auto line = in_one_line(spec.title);
    const auto note = to_note(spec, mark);
    const std::string space(note_namespace);
    const auto set = [&](unsigned flags) {
        const auto* title = line.empty() ? nullptr : line.c_str();
        const int result =
            virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_TITLE, title, nullptr, nullptr, flags);
        if (result < 0) return result;
        return virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, note.c_str(), note_prefix,
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

// Beside saved memory there is a description of its own, and a start takes that one.
void note_in_saved_memory(virDomainPtr domain, const MachineSpec& spec, const Mark& mark,
                          const std::string& doing) {
    const Text document(virDomainManagedSaveGetXMLDesc(domain, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE));
    if (!document) throw last_error(doing);
    check(virDomainManagedSaveDefineXML(domain, with_note(document.get(), spec, mark).c_str(), 0), doing);
}

// ---- sizes --------------------------------------------------------------------------------------------------------

std::uint64_t in_kibibytes(std::uint64_t bytes) { return (bytes + kibibyte - 1) / kibibyte; }

// libvirt rounds memory up, to at most a MiB.
bool has(const Tuning& told, const MachineSpec& spec) {
    constexpr std::uint64_t mebibyte = kibibyte * kibibyte;
    return told.sizes.cores == spec.cores && told.most_memory - spec.memory < mebibyte &&
           told.shares == spec.shares && (spec.arch.empty() || told.arch == spec.arch);
}

bool are_alike(const MachineSpec& one, const MachineSpec& other) {
    return std::tie(one.cores, one.memory, one.shares) == std::tie(other.cores, other.memory, other.shares);
}

void set_shares_now(virDomainPtr domain, unsigned shares, const std::string& doing) {
    virTypedParameter shares_of_cpu{};
    constexpr std::string_view name = VIR_DOMAIN_SCHEDULER_CPU_SHARES;
    std::ranges::copy(name, std::begin(shares_of_cpu.field));
    shares_of_cpu.type = VIR_TYPED_PARAM_ULLONG;
    shares_of_cpu.value.ul = shares;
    check(virDomainSetSchedulerParametersFlags(domain, &shares_of_cpu, 1, VIR_DOMAIN_AFFECT_LIVE), doing);
}

// It comes at the next start: until then the machine is shown with what it has.
void put_off(int result, const std::string& doing) {
    if (result >= 0) return;
    const auto refusal = last_error(doing);
    if (refusal.fault() == Fault::unavailable) throw refusal;
    logging::info("{}; it comes at the next start", refusal.what());
}

void resize_now(virDomainPtr domain, const Tuning& now, const MachineSpec& spec, const std::string& doing) {
    if (now.sizes.cores != spec.cores)
        put_off(virDomainSetVcpusFlags(domain, spec.cores, VIR_DOMAIN_AFFECT_LIVE), doing);
    const auto memory = in_kibibytes(spec.memory);
    if (in_kibibytes(now.sizes.memory) != memory && memory <= in_kibibytes(now.most_memory))
        put_off(virDomainSetMemoryFlags(domain, memory, VIR_DOMAIN_AFFECT_LIVE), doing);
}

void redefine(virDomainPtr domain, const std::string& definition, const std::string& doing) {
    const Domain fresh(virDomainDefineXML(virDomainGetConnect(domain), definition.c_str()));
    if (!fresh) throw last_error(doing);
}

MachineSpec merged(MachineSpec spec, const MachineSpec& wanted) {
    spec.title = wanted.title;
    spec.notes = wanted.notes;
    spec.cores = wanted.cores;
    spec.memory = wanted.memory;
    spec.shares = wanted.shares;
    if (!wanted.arch.empty()) spec.arch = wanted.arch;
    take_titles(spec, wanted);
    return spec;
}

using FrameFor = std::function<Frame(virConnectPtr, const MachineSpec&)>;

void change(virDomainPtr domain, const MachineSpec& wanted, const Mark& mark, const FrameFor& frame_for,
            const std::string& doing) {
    // With its secrets: it goes back to libvirt as a whole.
    const auto definition =
        document_of(domain, unsigned{VIR_DOMAIN_XML_INACTIVE} | unsigned{VIR_DOMAIN_XML_SECURE}, doing);
    const auto noted = spec_in_note(definition);
    const auto spec = merged(noted, wanted);
    const bool runs = is_active(domain, doing);
    // Of one that runs the caller need not know what somebody else has written into its definition: that stays.
    const bool resizes = !has(tuning_in(definition), spec) && !(runs && are_alike(noted, spec));
    const bool saved = !runs && has_saved_memory(domain, doing);
    const auto now = runs ? tuning_in(document_of(domain, 0, doing)) : Tuning();
    // What is in saved memory is restored as it was.
    if (saved && resizes) throw Error(Fault::conflict, doing + ": it is saved; start it first");
    if (runs && !spec.arch.empty() && now.arch != spec.arch)
        throw Error(Fault::conflict, doing + ": its architecture cannot change while it runs; stop it first");

    // First, since a host without this would not start it any more.
    if (runs && spec.shares > 0 && now.shares != spec.shares) set_shares_now(domain, spec.shares, doing);
    if (saved) note_in_saved_memory(domain, spec, mark, doing);
    if (resizes)
        redefine(domain, revised(definition, spec, frame_for(virDomainGetConnect(domain), spec)), doing);
    set_texts(domain, spec, mark, doing);
    if (runs) resize_now(domain, now, spec, doing);
}

// ---- disks --------------------------------------------------------------------------------------------------------

// What a guest sees is then not what is in the volume.
void refuse_covered(const std::string& definition, const Disk& disk, const std::string& doing) {
    const auto devices = disks_in(definition);
    const auto* device = device_of(devices, disk);
    if (device && !device->file.empty() && device->file != disk.layers.front().path)
        throw Error(Fault::conflict, doing + ": others have put the snapshot " + device->file +
                                         " on top of its disk " + device->target +
                                         "; merge it first (virsh blockcommit), or start the machine");
}

using GrowVolume = std::function<void(const Uuid&, std::uint64_t)>;

void grow_disk(virDomainPtr domain, const Uuid& volume, std::uint64_t bytes, const Mark& mark,
               const GrowVolume& grow_volume, const std::string& doing) {
    auto spec = spec_in_note(document_of(domain, VIR_DOMAIN_XML_INACTIVE, doing));
    const auto disk = std::ranges::find(spec.disks, volume, &Disk::volume);
    if (disk == spec.disks.end() || disk->layers.empty())
        throw Error(Fault::not_found, doing + ": it has no volume " + volume);
    const bool runs = is_active(domain, doing);
    if (!runs && has_saved_memory(domain, doing))
        throw Error(Fault::conflict, doing + ": it is saved; start it first");
    const auto devices = runs ? disks_in(document_of(domain, 0, doing)) : std::vector<DiskDevice>();
    if (const auto* device = device_of(devices, *disk)) {
        grow_block_device(domain, device->target, bytes, doing);
    } else {
        refuse_covered(document_of(domain, VIR_DOMAIN_XML_INACTIVE, doing), *disk, doing);
        grow_volume(volume, bytes);
    }
    if (disk->bytes >= bytes) return;
    disk->bytes = bytes;
    set_texts(domain, spec, mark, doing);
}

} // namespace

void Domains::revise(const Uuid& id, const MachineSpec& wanted) {
    call_on(id, verbs::revise,
            [id, wanted, mark = Mark{id, setting_->agent()}, setting = setting_](virDomainPtr domain,
                                                                                 const std::string& doing) {
                change(
                    domain, wanted, mark,
                    [&](virConnectPtr connect, const MachineSpec& spec) {
                        auto frame_only = spec;
                        frame_only.nics.clear(); // they stay as they are
                        return frame_for(connect, *setting, id, frame_only);
                    },
                    doing);
            });
}

void Domains::grow(const Uuid& id, const Uuid& volume, std::uint64_t bytes) {
    call_on(id, verbs::grow,
            [volume, bytes, mark = Mark{id, setting_->agent()},
             setting = setting_](virDomainPtr domain, const std::string& doing) {
                grow_disk(domain, volume, bytes, mark, setting->grow_volume, doing);
            });
}

} // namespace hv::libvirt
