#pragma once
// The fake's machines: what each verb does in each state is one table in machines.cc; their
// devices are in machine_devices.cc, what befalls them by itself in machine_guests.cc. A guest is either well-behaved
// (it obeys the power button, a moment later, on the thread of Events, and lets go of a disk or a NIC at once) or deaf.
//
// Threads: any; see drivers/contract/host.hh.

#include "agent/base/guarded.hh"
#include "drivers/contract/compute.hh"
#include "drivers/fake/events.hh"
#include "drivers/fake/gate.hh"
#include "drivers/fake/networks.hh"
#include "drivers/fake/volumes.hh"

#include <cstdint>
#include <set>
#include <string_view>

namespace hv::fake {

inline bool in_memory(MachineState state) noexcept {
    return state == MachineState::running || state == MachineState::paused;
}

class Machines : public Compute {
public:
    Machines(Gate& gate, Events& events, Volumes& volumes, const Networks& networks)
        : gate_(gate), events_(events), volumes_(volumes), networks_(networks) {}

    std::vector<Machine> list() override;
    std::optional<Machine> find(const Uuid&) override;
    std::vector<MachineStatus> glance() override;
    std::vector<Holding> holdings() override;
    unsigned most_cores(const std::string&) override { return 255; }
    void define(const Uuid&, const MachineSpec&) override;
    void start(const Uuid&) override;
    void press_power_button(const Uuid&) override;
    void power_off(const Uuid&) override;
    void discard(const Uuid&) override;
    void suspend(const Uuid&, Suspend) override;
    void restart(const Uuid&, Restart) override;
    void revise(const Uuid&, const MachineSpec& wanted) override;
    void grow(const Uuid&, const Uuid& volume, std::uint64_t bytes) override;
    void attach(const Uuid&, const Disk&) override;
    void detach(const Uuid&, const Uuid& volume, std::chrono::milliseconds patience) override;
    void attach(const Uuid&, const Nic&) override;
    void detach(const Uuid&, const Nic&, std::chrono::milliseconds patience) override;
    void set_link(const Uuid&, const Uuid& network, bool plugged_in) override;
    void copy_disk(const Uuid&, const Uuid& volume, const Volume& into,
                   const std::function<void(unsigned)>& progress, std::stop_token) override;
    void remove(const Uuid&) override;

    void add_foreign(Machine);
    bool vanish(const Uuid&); // whether it was there
    void be(const Uuid& agent);
    // Another machine of the same description, as somebody makes it with virt-clone: with a note of ours that names the
    // original, or, forged, the copy.
    Uuid copy(const Uuid& original, const MachineSpec&, bool forged);
    // Somebody plugs a file into it, past us.
    void hold_file(const Uuid&, const std::string& path);
    bool guest_powers_off(const Uuid&);
    void set_state(const Uuid&, MachineState, const std::string& reason);
    void set_stuck(const Uuid&, const std::string& sentence);
    void set_deaf(const Uuid&, bool deaf);
    void set_all_deaf(bool deaf);
    // Whether the cables of its NICs on that network are plugged in.
    bool is_linked(const Uuid&, const Uuid& network) const;

private:
    struct Entry {
        Machine machine;
        bool deaf = false;
        bool pressed = false;       // the button, while the machine was paused
        std::set<Uuid> unplugged{}; // from these networks
        Uuid made_as{};             // what the note of an agent says; of others empty
        Uuid maker{};
        std::set<std::string> files{}; // that others have plugged in
        std::set<std::string> bridges{};
    };
    struct World {
        std::map<Uuid, Entry> entries;
        bool all_deaf = false;
        std::uint64_t next_device = 0;
        Uuid agent{};
    };
    static Machine shown(const World&, const Entry&);
    static Entry& known(World&, const Uuid&, const std::string& doing);
    static Entry& ours(World&, const Uuid&, const std::string& doing);
    static Entry& reacting(World&, const Uuid&, const std::string& doing);
    static Disk& running_disk(World&, const Uuid&, const Uuid& volume, const std::string& doing);
    static void enter(World&, Entry&, MachineState, std::string_view reason);
    void change(std::string_view verb, std::string_view how, const Uuid&);
    static bool keeps_devices(const World&, const Entry&);
    void check_disk(const Disk&, const std::string& doing) const;
    void check_nic(const Nic&, const std::string& doing) const;
    void check_parts(const Machine&, const std::string& doing) const;
    void guest_obeys(const Uuid&);
    void changed(const Uuid&, std::string_view what, std::string_view detail = {},
                 std::optional<MachineState> = {});
    void moved(const Machine& before, const Machine& now, std::string_view what);

    Gate& gate_;
    Events& events_;
    Volumes& volumes_;
    const Networks& networks_;
    Guarded<World> world_;
};

} // namespace hv::fake
