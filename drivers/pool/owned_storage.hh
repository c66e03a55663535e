#pragma once
// A pool that one agent has to itself: every verb that changes something asks first whether the pool is ours.
//
// Threads: as the Storage behind it, which outlives this object.

#include "drivers/pool/pool_lock.hh"

#include <filesystem>

namespace hv::pool {

class OwnedStorage : public Storage {
public:
    OwnedStorage(Storage& pool, const std::filesystem::path& directory)
        : pool_(pool), directory_(directory), lock_(directory) {}

    std::vector<Volume> list() override { return pool_.list(); }
    std::optional<Volume> find(const Uuid& id) override { return pool_.find(id); }
    std::uint64_t available() override { return pool_.available(); }
    std::vector<Stray> strays() override { return pool_.strays(); }
    Descriptor open(const std::string& stray) override { return pool_.open(stray); }
    std::map<std::string, std::vector<Uuid>> behind(const std::vector<std::string>& files) override;
    Standing settle(const Uuid& known) override { return lock_.settle(known); }

    Volume create(const Uuid&, std::uint64_t bytes) override;
    Volume clone(const Uuid&, const Volume& base, std::uint64_t bytes = 0) override;
    Volume import(const Uuid&, Format, int source, std::uint64_t bytes,
                  const std::function<void(std::uint64_t)>& progress, std::stop_token) override;
    std::unique_ptr<Incoming> receive(const Uuid&) override;
    Volume copy(const Uuid&, const Volume& original, const std::function<void(std::uint64_t)>& progress,
                std::stop_token) override;
    Volume flatten(const Uuid&, const std::vector<Layer>& chain,
                   const std::function<void(std::uint64_t)>& progress, std::stop_token) override;
    void resize(const Uuid&, std::uint64_t bytes) override;
    void remove(const Uuid&) override;
    void discard(const std::string& stray) override;

private:
    Storage& ours() const; // or Error{unavailable}

    Storage& pool_;
    const std::filesystem::path directory_;
    PoolLock lock_;
};

} // namespace hv::pool
