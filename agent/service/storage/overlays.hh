#pragma once
// Files that others have put on top of a volume (virsh snapshot-create-as --disk-only): a guest then writes to those,
// and the volume stays as it was. What the hypervisor shows of a disk is the truth for whatever copies, grows or
// removes it.
//
// Threads: any. What takes a Context blocks on the hypervisor and on the pool, and throws what they throw.

#include "agent/service/context.hh"

#include <optional>
#include <string>
#include <vector>

namespace service {

// Whether a guest on that disk writes to another file than its volume.
bool has_overlays(const hv::Disk&);

// All files of such a disk, with what the pool knows of those that the hypervisor does not name. Error{conflict}: some
// of them are not in the pool.
std::vector<hv::Layer> chain_of(Context&, const hv::Disk&);

// The size of the disk as its guest sees it.
std::uint64_t bytes_seen_on(Context&, const hv::Disk&, const hv::Volume&);

// A disk of a machine of ours with overlays on that volume, and whether the machine is in memory.
struct Covered {
    Uuid machine;
    hv::Disk disk;
    bool in_memory = false;
};
std::optional<Covered> overlays_on(Context&, const Uuid& volume);

// Overlays that no machine has: whoever changed the volume, or freed it, would spoil what is in them. Error{conflict}
// names one.
void refuse_left_overlays(Context&, const Uuid& volume);

// Gives a disk whose machine the hypervisor has forgotten the overlays that lie in the pool: where the disk was last
// seen (`whereabouts`, state/whereabouts.hh), or else what libvirt has named as a snapshot of its volume. What other
// files say is on the volume is nobody's word: a guest may have written that. `layers` begin with its volume.
// Error{conflict}: there is more than one way, or the file where it was last is not in the pool.
void put_overlays_back(Context&, hv::Disk&, const std::string& whereabouts);

// Removes what libvirt has named as snapshots of a volume that is about to go, in the pool, unless a machine has them;
// what stays is told in the log.
void remove_overlays(Context&, const Uuid& volume);

} // namespace service
