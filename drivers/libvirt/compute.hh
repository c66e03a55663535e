#pragma once
// Machines as libvirt domains. The domain's UUID is the machine's id; what libvirt has no place for is a note in
// the domain's own metadata. Domains without our note are shown, and every verb that would change one throws
// Error{forbidden}.
//
// Reads go by the watch connection and never reach a guest's monitor, so a guest that hangs does not hold them up;
// verbs go by a work connection and take as long as libvirt takes.
//
// Threads: any.

#include "agent/base/guarded.hh"
#include "drivers/driver.hh"
#include "drivers/libvirt/bulk.hh"
#include "drivers/libvirt/connection.hh"
#include "drivers/libvirt/xml_domain.hh"

#include <filesystem>
#include <functional>
#include <set>

namespace hv::libvirt {

class Events;

class Domains : public Compute {
public:
    struct Setting {
        // kvm or qemu, for guests of that architecture; may throw Error.
        std::function<std::string(virConnectPtr, const std::string& arch)> type_for;
        std::string arch; // of machines that name none
        std::filesystem::path console_path;
    };
    Domains(Connection&, const Events&, Setting);

    std::vector<Machine> list() override;
    std::optional<Machine> find(const Uuid&) override;
    void define(const Uuid&, const MachineSpec&) override;
    void start(const Uuid&) override;
    void press_power_button(const Uuid&) override;
    void power_off(const Uuid&) override;
    void suspend(const Uuid&, Suspend) override;
    void restart(const Uuid&, Restart) override;
    void retitle(const Uuid&, const std::string& title) override;
    void remove(const Uuid&) override;

private:
    using NetworkOf = std::function<Uuid(const std::string& name)>;
    Machine read(const Glance&, const NetworkOf&) const;
    Frame frame_for(virConnectPtr, const Uuid&, const MachineSpec&) const;
    void define_document(virConnectPtr, const std::string& document, const std::string& doing);
    template <class F> void with_ours(const Uuid&, const std::string& doing, F&& use);
    void remove_console_log(const Uuid&) const;

    Connection& connection_;
    const Events& events_;
    const Setting setting_;
    Guarded<std::set<Uuid, std::less<>>> being_defined_;
    Guarded<std::set<std::string>> passed_shapes_;
};

} // namespace hv::libvirt
