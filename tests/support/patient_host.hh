#pragma once
// The fake hypervisor with a pool whose disk may hang: hold its verbs. As the libvirt driver is put together, with less
// patience.
//
// Threads: any.

#include "agent/base/guarded.hh"
#include "drivers/fake/fake_host.hh"
#include "drivers/patient_storage.hh"

#include <memory>

namespace support {

class PatientHost : public hv::Host {
public:
    explicit PatientHost(hv::fake::FakeHost& behind)
        : behind_(behind), storage_(
                               std::shared_ptr<hv::Storage>(std::shared_ptr<void>(), &behind.storage()),
                               [this] { tell(); }, quick()) {}

    hv::Compute& compute() override { return behind_.compute(); }
    hv::Storage& storage() override { return storage_; }
    hv::Network& network() override { return behind_.network(); }
    hv::Notes& notes() override { return behind_.notes(); }
    void be(const Uuid& agent) override { behind_.be(agent); }
    void watch(hv::Listener& listener) override {
        listener_.with([&](auto& known) { known = &listener; });
        behind_.watch(listener);
    }
    void unwatch() override {
        listener_.with([](auto& known) { known = nullptr; });
        behind_.unwatch();
    }
    std::string propose_mac() override { return behind_.propose_mac(); }
    std::vector<Route> routes() override { return behind_.routes(); }
    bool has_bridge(const std::string& device) override { return behind_.has_bridge(device); }
    std::string describe() override { return behind_.describe(); }

private:
    static hv::PatientStorage::Pace quick() {
        hv::PatientStorage::Pace pace;
        pace.usual = pace.silent = std::chrono::milliseconds(50);
        return pace;
    }
    void tell() {
        listener_.with([](auto* known) {
            if (known) known->changed({hv::Change::Subject::volume, "", "pool", "", std::nullopt});
        });
    }

    hv::fake::FakeHost& behind_;
    Guarded<hv::Listener*> listener_{nullptr};
    hv::PatientStorage storage_;
};

} // namespace support
