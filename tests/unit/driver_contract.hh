#pragma once
// What drivers/contract promises, as checks over any hv::Host: the fake passes them in memory, a real driver on a real
// hypervisor. Each function makes what it needs, and leaves nothing behind when it passes.
//
// Threads: one; the host tells its changes on another.

#include "tests/unit/contract_disks.hh"
#include "tests/unit/contract_machines.hh"
#include "tests/unit/contract_networks.hh"
#include "tests/unit/contract_nics.hh"
#include "tests/unit/contract_ownership.hh"
#include "tests/unit/contract_volumes.hh"
