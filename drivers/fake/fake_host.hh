#pragma once
// A hypervisor in memory, for unit, wire and benchmark runs: correct in what drivers/contract promises, quick, and
// steered by the test: what fails, what waits, what guests and other people do. It proves nothing about libvirt.
//
// Threads: any, also the control functions. Changes are told on the fake's own thread, later than the call returns;
// settle() waits for that. It must outlive all calls of it, so release() what was held first.

#include "drivers/contract/host.hh"
#include "drivers/fake/events.hh"
#include "drivers/fake/gate.hh"
#include "drivers/fake/machines.hh"
#include "drivers/fake/networks.hh"
#include "drivers/fake/notes.hh"
#include "drivers/fake/volumes.hh"

#include <atomic>
#include <chrono>
#include <set>

namespace hv::fake {

struct Options {
    std::uint64_t available = std::uint64_t{1} << 40; // bytes in the pool
    // An existing folder, when volumes that create() makes are to be real sparse files, for what puts a file system on
    // them. Otherwise volumes have a path and no bytes.
    std::filesystem::path real_files = {};
    std::vector<Route> routes = {};
    std::set<std::string> bridges = {};
};

class FakeHost : public Hypervisor, public HostFacts {
public:
    explicit FakeHost(const Options& options = {});
    ~FakeHost() override;

    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;

    // All of it as the host that an agent is given.
    Host& host() noexcept { return host_; }
    operator Host&() noexcept { return host_; }
    // As a host that has this storage in the place of its own. Both outlive it.
    Host with(Storage&);

    Compute& compute() noexcept { return machines_; }
    Storage& storage() noexcept { return volumes_; }
    Network& network() noexcept { return networks_; }
    hv::Notes& notes() noexcept { return notes_; }
    Hypervisor& hypervisor() noexcept { return *this; }
    HostFacts& facts() noexcept { return *this; }
    void be(const Uuid& agent) override;
    void watch(Listener&) override;
    void unwatch() override;
    std::string propose_mac() override;
    std::vector<Route> routes() override;
    bool has_bridge(const std::string& device) override;
    std::string describe() override;
    std::vector<std::string> complaints() override;

    // ---- what other people do on the host

    Uuid add_foreign_machine(const std::string& name, MachineState state = MachineState::running,
                             MachineSpec spec = {});
    Uuid add_foreign_network(const std::string& name, NetworkMode mode = NetworkMode::nat,
                             std::optional<Ipv4Block> block = {}, const std::string& bridge = "virbr0");
    void stop_network(const Uuid& id) { networks_.stop_by_others(id); } // one that is there
    // The machine, volume or network is gone without a verb. Throws Error{not_found}.
    void vanish(const Uuid&);

    // A copy of a machine as virt-clone makes it, off, with the note of the original; forged: with the copy's own id in
    // that note.
    Uuid copy_machine(const Uuid& original, const MachineSpec& spec, bool forged = false) {
        return machines_.copy(original, spec, forged);
    }
    // Somebody gives it one more disk, past us.
    void hold_file(const Uuid& machine, const std::string& path) { machines_.hold_file(machine, path); }
    // The pool is that agent's, which lives or has ended.
    void set_pool_owner(const Uuid& agent, bool lives) { volumes_.set_owner(agent, lives); }

    // ---- what guests do

    // As if somebody had typed poweroff in it: off before this returns. False when it does not run.
    bool guest_powers_off(const Uuid& id) { return machines_.guest_powers_off(id); }
    // A deaf guest ignores the power button, and keeps a disk that it is asked to give back.
    void set_deaf(const Uuid& id, bool deaf = true) { machines_.set_deaf(id, deaf); }
    void set_all_deaf(bool deaf = true) { machines_.set_all_deaf(deaf); }
    // Whether the cables of its NICs on that network are plugged in.
    bool is_linked(const Uuid& id, const Uuid& network) const { return machines_.is_linked(id, network); }
    // It does not react to the hypervisor any more, as the sentence says: verbs that change it throw Error{busy}, all
    // but power_off and remove. "": it reacts again; so it does once it is no longer in memory.
    void set_stuck(const Uuid& id, const std::string& sentence) { machines_.set_stuck(id, sentence); }
    // Anything else that may befall a machine: it crashes, it is paused for want of space, nobody knows.
    void set_state(const Uuid& id, MachineState state, const std::string& reason) {
        machines_.set_state(id, state, reason);
    }

    // ---- what the hypervisor does; verbs as "compute.start", see gate.hh

    // The next call of that verb throws `error`; several add up to a queue. After: the verb has done its work.
    void fail_next(std::string_view verb, const Error& error, When when = When::before) {
        gate_.fail_next(verb, error, when);
    }
    // Every call of that verb does, until heal().
    void fail_always(std::string_view verb, const Error& error) { gate_.fail_always(verb, error); }
    void heal(std::string_view verb) { gate_.heal(verb); }
    // Calls of that verb, which gives nothing back, succeed and do nothing, until heal(): asked, and not happened.
    void ignore(std::string_view verb) { gate_.ignore(verb); }
    // From now on calls of that verb wait at their beginning until release(); an import also goes on when it is asked
    // to stop.
    void hold(std::string_view verb) { gate_.hold(verb); }
    void release(std::string_view verb) { gate_.release(verb); }
    bool wait_until_held(std::string_view verb,
                         std::chrono::milliseconds patience = std::chrono::seconds(20)) {
        return gate_.wait_until_held(verb, patience);
    }
    // Verbs throw Error{unavailable} and nothing is told until come_back(); guests go on.
    void lose(const std::string& why);
    void come_back();
    // How often it was called, whether it succeeded or not; all verbs together.
    std::uint64_t calls(std::string_view verb) const { return gate_.calls(verb); }
    std::uint64_t calls() const { return gate_.calls(); }
    void tell(const Change& change) { events_.changed(change); }
    // Waits until every change is told and every guest has done what it was asked to.
    void settle() { events_.settle(); }

    // ---- the machine it runs on

    void set_available(std::uint64_t bytes) { volumes_.set_available(bytes); }
    // Somebody puts a file that is no volume into the pool.
    void put_stray(Stray stray, std::string content = {}) {
        volumes_.put_stray(std::move(stray), std::move(content));
    }
    void set_routes(std::vector<Route> routes);
    // A network in mode bridge is in trouble while its bridge is none of these.
    void set_bridges(std::set<std::string> devices);
    void set_complaints(std::vector<std::string> sentences);

private:
    struct Surroundings {
        std::vector<Route> routes;
        std::set<std::string> bridges;
        std::vector<std::string> complaints{};
    };
    Gate gate_;
    Events events_;
    Volumes volumes_;
    Networks networks_;
    Machines machines_;
    Notes notes_;
    Guarded<Surroundings> surroundings_;
    std::atomic<std::uint32_t> macs_{0};
    Host host_;
};

} // namespace hv::fake
