#pragma once
// Machines as libvirt domains. The domain's UUID is the machine's id; what libvirt has no place for is a note in
// the domain's own metadata. Domains without our note are shown, and every verb that would change one throws
// Error{forbidden}.
//
// Reads go by the connections for watching and sampling, and never reach a guest's monitor, so a guest that hangs does
// not hold them up. Verbs run in lanes, on threads that may be left behind (lanes.hh): what they do there owns what it
// touches.
//
// Threads: any.

#include "agent/base/guarded.hh"
#include "agent/base/patient_caller.hh"
#include "drivers/contract/compute.hh"
#include "drivers/libvirt/bulk.hh"
#include "drivers/libvirt/connection.hh"
#include "drivers/libvirt/lanes.hh"
#include "drivers/libvirt/prober.hh"
#include "drivers/libvirt/pulse.hh"
#include "drivers/libvirt/xml_domain.hh"

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

namespace hv::libvirt {

class Events;

class Domains : public Compute {
public:
    struct Setting {
        // kvm or qemu, for guests of that architecture; may throw Error. Owns what it touches.
        std::function<std::string(virConnectPtr, const std::string& arch)> type_for;
        std::string arch; // of machines that name none
        std::filesystem::path console_path;
        std::function<Uuid()> agent = [] { return Uuid(); }; // whose domains are ours
        unsigned most_cores = 0; // that a guest may get while it runs, when it did not begin with more
        std::filesystem::path pid_folder =
            {}; // where libvirt writes NAME.pid of each domain; empty: not on this host
        // Makes a volume larger that nobody has open. Owns what it touches.
        std::function<void(const Uuid& volume, std::uint64_t bytes)> grow_volume{};
    };
    // The first two outlive this object.
    Domains(Connection&, const Events&, std::shared_ptr<Diagnoses>, Setting);

    std::vector<Machine> list() override;
    std::optional<Machine> find(const Uuid&) override;
    std::vector<MachineStatus> glance() override;
    // A thread that answers others waits for a libvirt that stands still for a moment only, and not at all when another
    // has waited in vain and that call has not come back: Error{unavailable}. It waits longer for one that is busy with
    // a domain (pulse.hh), unless a call is stuck in there or some others wait like that already.
    std::vector<Holding> holdings() override;              // holdings.cc
    unsigned most_cores(const std::string& arch) override; // asked once for each architecture
    void define(const Uuid&, const MachineSpec&) override;
    void start(const Uuid&) override;
    void press_power_button(const Uuid&) override;
    void power_off(const Uuid&) override;
    void discard(const Uuid&) override;
    void suspend(const Uuid&, Suspend) override;
    void restart(const Uuid&, Restart) override;
    void revise(const Uuid&, const MachineSpec& wanted) override;                              // revision.cc
    void grow(const Uuid&, const Uuid& volume, std::uint64_t bytes) override;                  // revision.cc
    void attach(const Uuid&, const Disk&) override;                                            // devices.cc
    void detach(const Uuid&, const Uuid& volume, std::chrono::milliseconds patience) override; // devices.cc
    void attach(const Uuid&, const Nic&) override;                                             // devices.cc
    void detach(const Uuid&, const Nic&, std::chrono::milliseconds patience) override;         // devices.cc
    void set_link(const Uuid&, const Uuid& network, bool plugged_in) override;                 // cables.cc
    void copy_disk(const Uuid&, const Uuid& volume, const Volume& into,                        // disk_copy.cc
                   const std::function<void(unsigned)>& progress, std::stop_token) override;
    void remove(const Uuid&) override;

private:
    using NetworkOf = std::function<Uuid(const std::string& name)>;
    MachineStatus status_of(const Glance&) const;
    Machine read(const Glance&, const NetworkOf&) const;
    std::vector<Machine> read_part(virConnectPtr, const std::vector<Glance>&, std::size_t part,
                                   std::size_t parts) const;
    bool was_forced_off(const Uuid&, const Glance&) const;

    // `use` runs on a thread that may be left behind, so it captures by value. Throws what it throws, Error{timeout}
    // when it has not returned within the verb's deadline, Error{busy} when the domain is stuck or another call on it
    // is pending.
    void call(const Uuid&, const Verb&, std::function<void(virConnectPtr)> use);
    // The same with the domain, which is there and ours, and with `doing`, which begins its errors.
    void call_on(const Uuid&, const Verb&, std::function<void(virDomainPtr, const std::string& doing)> use);
    static Frame frame_for(virConnectPtr, const Setting&, const Uuid&, const MachineSpec&);
    // One step after the other until the guest holds nothing more: what it holds is what a step returns.
    // Error{conflict} when that has not come within `patience` (devices.cc).
    using Unplug = std::function<std::string(virDomainPtr, bool ask, const std::string& doing)>;
    void unplug(const Uuid&, const Verb&, std::chrono::milliseconds patience, const Unplug& step);
    std::string why_stuck(const Uuid&) const; // empty: it reacts, as far as can be told
    void remove_console_log(const Uuid&) const;

    Connection& connection_;
    const Events& events_;
    const std::shared_ptr<Diagnoses> diagnoses_;
    const std::shared_ptr<const Setting> setting_;
    const std::shared_ptr<Guarded<std::set<std::string>>> passed_shapes_;
    // Domains that we have forced off and that libvirt takes for crashed, until they are seen to be anything else.
    const std::shared_ptr<Guarded<std::set<Uuid>>> forced_off_;
    Guarded<std::map<std::string, unsigned>> most_cores_; // by architecture
    Lanes lanes_;
    PatientCaller holdings_{"holdings", 4}; // of those that ask for them
    Pulse pulse_{connection_};
    std::atomic<unsigned> waiting_on_{0}; // of those that answer others, for a libvirtd that is busy
};

} // namespace hv::libvirt
