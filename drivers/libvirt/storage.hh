#pragma once
// Volumes in one storage pool of libvirt, a directory of this host. libvirt makes and removes the files, so that it
// knows them and labels them; what there is, is read from the directory (volume_files.hh), and images are copied
// into it by us (copy.hh), since libvirt's streams are slow and cannot be taken back half-way.
//
// Threads: any. list(), find() and available() call libvirt once in the life of the object only, to see that the
// pool is there; after that they answer while libvirt does not.

#include "agent/base/guarded.hh"
#include "drivers/driver.hh"
#include "drivers/libvirt/connection.hh"
#include "drivers/libvirt/volume_files.hh"

#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

namespace hv::libvirt {

class LibvirtStorage : public hv::Storage {
public:
    // The pool is named "occi". It and its directory are made at the first use when missing; verbs throw
    // Error{unavailable} when a pool of that name has another directory. Throws Error{invalid} when `pool_path` is
    // not absolute. The Connection outlives this object.
    LibvirtStorage(Connection&, std::filesystem::path pool_path);

    std::vector<Volume> list() override;
    std::optional<Volume> find(const Uuid&) override;
    Volume create(const Uuid&, std::uint64_t bytes) override;
    Volume clone(const Uuid&, const Volume& base, std::uint64_t bytes = 0) override;
    Volume import(const Uuid&, Format, int source, std::uint64_t bytes,
                  const std::function<void(std::uint64_t)>& progress, std::stop_token) override;
    std::unique_ptr<Incoming> receive(const Uuid&) override;
    // By qemu-img when there is something behind it, else byte by byte.
    Volume copy(const Uuid&, const Volume& original, const std::function<void(std::uint64_t)>& progress,
                std::stop_token) override;
    void resize(const Uuid&, std::uint64_t bytes) override;
    void remove(const Uuid&) override;
    std::uint64_t available() override;

private:
    class Making;
    class Arriving;

    Pool open_pool(virConnectPtr);
    void see_pool();
    Volume make(const Uuid&, const std::string& xml, const std::string& doing);
    Volume keep(PartFile&, const Uuid&, Format, std::uint64_t bytes);
    void settle(PartFile&, Format, std::uint64_t bytes);
    void grow(const std::string& file, std::uint64_t bytes);
    void refresh();
    void refresh_quietly() noexcept;
    Volume made(const Uuid&) const;

    Connection& connection_;
    VolumeFiles files_;
    std::atomic<bool> seen_ = false; // the pool, with our directory
    Guarded<std::set<Uuid>> making_; // by libvirt just now: their files are not whole yet
};

} // namespace hv::libvirt
