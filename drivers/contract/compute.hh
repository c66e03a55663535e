#pragma once
// The driver of machines. What holds for every verb (threads, errors, "idempotent") stands in host.hh.

#include "drivers/contract/machine.hh"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace hv {

enum class Suspend { pause, save };
enum class Restart { acpi, reset };

class Compute {
public:
    virtual ~Compute() = default;
    virtual std::vector<Machine> list() = 0;
    virtual std::optional<Machine> find(const Uuid&) = 0;
    // The state of every machine in a call or two, whatever its guests do.
    virtual std::vector<MachineStatus> glance() = 0;
    // The holdings of every machine, asked now.
    virtual std::vector<Holding> holdings() = 0;

    // How many cores a machine of that architecture may have here at most; empty: the driver's default.
    virtual unsigned most_cores(const std::string& arch) = 0;

    // Makes it known to the hypervisor, off. conflict when the id is taken.
    virtual void define(const Uuid&, const MachineSpec&) = 0;
    // Makes the machine run, whether it is off, saved or paused. Idempotent.
    virtual void start(const Uuid&) = 0;
    // Presses the power button once and returns; whether the guest obeys shows later as a Change.
    virtual void press_power_button(const Uuid&) = 0;
    // Turns the machine off by force, also one that is stuck, without waiting for whatever is under way on it. The
    // machine is off when this returns. Idempotent.
    virtual void power_off(const Uuid&) = 0;
    // Throws its saved memory away, so that the machine is off; does nothing where there is none. Idempotent.
    // conflict: the machine is in memory.
    virtual void discard(const Uuid&) = 0;
    virtual void suspend(const Uuid&, Suspend) = 0;
    // reset: at once. acpi: asks the guest once and returns. Either way a Change "rebooted" says that it has happened.
    virtual void restart(const Uuid&, Restart) = 0;
    // Gives it the title, notes, cores, memory, shares and, unless that is empty, architecture of `wanted`, and its
    // disks and NICs, which stay, their titles. For later starts; and now, when it runs: shares always, cores and
    // memory as far as the hypervisor and the guest can (see Machine::now). Idempotent. conflict: another architecture
    // while it runs, other sizes while it is saved, shares that this host does not have.
    virtual void revise(const Uuid&, const MachineSpec& wanted) = 0;
    // Makes the disk with that volume larger, volume and all; a guest that runs is told. It is that large when this
    // returns. Idempotent; never smaller. conflict: the machine is saved, or others have put a snapshot on that disk.
    virtual void grow(const Uuid&, const Uuid& volume, std::uint64_t bytes) = 0;
    // Gives it one more disk, now (when it runs) and for later starts. Disk::target must be set; its volume exists.
    // Idempotent by Disk::volume; conflict: the target is taken.
    virtual void attach(const Uuid&, const Disk&) = 0;
    // Takes the disk with that volume away, now and for later starts; not the volume. Idempotent. A running guest is
    // asked, and may refuse: conflict when it has not let go within `patience`, and then it keeps the disk, now and
    // later.
    virtual void detach(const Uuid&, const Uuid& volume, std::chrono::milliseconds patience) = 0;
    // The same for NICs, by Nic::mac, which must be set; its network is there. A NIC that somebody else has plugged in
    // is taken away like our own. Its address is not reserved here (Network::reserve).
    virtual void attach(const Uuid&, const Nic&) = 0;
    virtual void detach(const Uuid&, const Nic&, std::chrono::milliseconds patience) = 0;
    // Pulls the cable out of each NIC that it has on that network, or plugs it in, for as long as it is in memory: a
    // later start finds it plugged in. Idempotent, and nothing for a machine that does not run.
    virtual void set_link(const Uuid&, const Uuid& network, bool plugged_in) = 0;
    // Copies that disk of a machine in memory, as it is at this moment, into a volume that is there, as large, raw and
    // empty; the guest goes on. `progress` is called with percents. Stopped: throws Error{conflict}. conflict: it does
    // not run, or it ends before the copy is whole.
    virtual void copy_disk(const Uuid&, const Uuid& volume, const Volume& into,
                           const std::function<void(unsigned)>& progress, std::stop_token) = 0;
    // Forgets an off or saved machine, with its saved memory and console log, but not its volumes. Idempotent; conflict
    // when it runs.
    virtual void remove(const Uuid&) = 0;
};

} // namespace hv
