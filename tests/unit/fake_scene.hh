#pragma once
// The fake hypervisor with machines on it.
//
// Threads: as hv::fake::FakeHost.

#include "drivers/fake/fake_host.hh"

namespace fake_scene {

inline const Ipv4Block some_block{{10U << 24 | 1U << 16}, 24};

struct Scene {
    hv::fake::FakeHost host;

    Uuid machine(hv::MachineSpec spec = {}) {
        const auto id = new_uuid();
        host.compute().define(id, spec);
        return id;
    }
    Uuid running_machine(const hv::MachineSpec& spec = {}) {
        const auto id = machine(spec);
        host.compute().start(id);
        return id;
    }
    hv::Machine seen(const Uuid& id) { return host.compute().find(id).value(); }
};

} // namespace fake_scene
