#pragma once
// The fake hypervisor with a pool whose disk may hang: hold its verbs. As the libvirt driver is put together, with less
// patience.
//
// Threads: any.

#include "drivers/fake/fake_host.hh"
#include "drivers/patient_storage.hh"

#include <memory>

namespace support {

class PatientHost {
public:
    explicit PatientHost(hv::fake::FakeHost& behind)
        : storage_(
              std::shared_ptr<hv::Storage>(std::shared_ptr<void>(), &behind.storage()),
              [&behind] {
                  behind.tell({hv::Change::Subject::volume, "", "pool", "", std::nullopt});
              },
              quick()),
          host_(behind.with(storage_)) {}

    hv::Host& host() noexcept { return host_; }

private:
    static hv::PatientStorage::Timing quick() {
        hv::PatientStorage::Timing timing;
        timing.usual = timing.silent = std::chrono::milliseconds(50);
        return timing;
    }

    hv::PatientStorage storage_;
    hv::Host host_;
};

} // namespace support
