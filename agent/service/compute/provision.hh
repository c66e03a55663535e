#pragma once
// What a disk or a NIC of ours needs beside its place in the machine: a volume, a reserved address. It is made before
// the device is plugged in, and given back when the machine has let go of it.
//
// Threads: any; they block on the hypervisor and on the pool, and throw what these throw.

#include "agent/base/error.hh"
#include "agent/service/context.hh"

namespace service {

// Whether there is something that goes with it. A storage by itself stays.
bool has_provision(const hv::Disk&);
bool has_provision(const hv::Nic&);

// Makes the volume of a disk; of a disk that is a storage it only looks whether that can be had now. Error{conflict}:
// the storage that it is, or is a clone of, cannot.
state::Step making_of(Context&, const hv::Disk&);

// Tells the disk where its bytes are, outermost first, and how many. Error{conflict}: it has no volume in the pool.
void find_layers(Context&, hv::Disk&);

// Of a NIC that has an address.
void reserve(Context&, const hv::Nic&);
void release(Context&, const hv::Nic&);

// Others may have taken it since it was planned, and no claim keeps them from that: Error{conflict}.
void refuse_in_other_hands(Context&, const Uuid& machine, const hv::Disk&);

// Those disks of the machine that go with it. A volume that a machine of others has as well is theirs from now on: it
// stays, as a storage that says so.
void remove_volumes(Context&, const Uuid& machine, const hv::MachineSpec&);

// What is known of a machine that is being removed, or else what was planned of it: also what was plugged in since its
// removal was asked for. The record outlives the machine, and a crash.
hv::MachineSpec known_spec(Context&, const Uuid&, const hv::MachineSpec& planned);

// What is gone already has nothing to be taken from it.
template <class F> void unless_gone(F&& step) {
    try {
        step();
    } catch (const Error& failure) {
        if (failure.fault() != Fault::not_found) throw;
    }
}

} // namespace service
