#pragma once
// A folder of this host as hv::Storage: volumes are files, made, grown, copied and removed by the agent itself, with no
// hypervisor in between. What a file is, its name says (volume_files.hh); nothing is ever guessed from its bytes. A
// file is readable by root alone from its first moment, and gets the name of a volume when it is whole and on the disk.
//
// Threads: any. Nothing is kept in memory, so that two of these on one folder do not disturb each other.

#include "drivers/contract/storage.hh"
#include "drivers/pool/volume_files.hh"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hv::pool {

class Storage : public hv::Storage {
public:
    // `prepare` sees to it that the folder is there; it is called by the first verb, and by the next one when it threw.
    // Throws Error{invalid} when the path is not absolute.
    explicit Storage(std::filesystem::path folder, std::function<void()> prepare = {});

    std::vector<Volume> list() override;
    std::optional<Volume> find(const Uuid&) override;
    Volume create(const Uuid&, std::uint64_t bytes) override;
    Volume clone(const Uuid&, const Volume& base, std::uint64_t bytes = 0) override;
    Volume import(const Uuid&, Format, int source, std::uint64_t bytes,
                  const std::function<void(std::uint64_t)>& progress, std::stop_token) override;
    std::unique_ptr<Incoming> receive(const Uuid&) override;
    Volume copy(const Uuid&, const Volume& original, const std::function<void(std::uint64_t)>& progress,
                std::stop_token) override;
    Volume flatten(const Uuid&, const std::vector<Layer>&, const std::function<void(std::uint64_t)>& progress,
                   std::stop_token) override;
    void resize(const Uuid&, std::uint64_t bytes) override;
    void remove(const Uuid&) override;
    std::uint64_t available() override;
    // Whose the pool is, and what others do with its files, is not known here: whoever wraps this looks after it.
    std::map<std::string, std::vector<Uuid>> behind(const std::vector<std::string>&) override { return {}; }
    Standing settle(const Uuid& known) override { return {known, ""}; }
    std::vector<Stray> strays() override;
    Descriptor open(const std::string& stray) override;
    void discard(const std::string& stray) override;

private:
    class Arriving;

    void see_folder();
    void refuse_taken(const Uuid&) const;
    Volume keep(PartFile&, const Uuid&, Format, std::uint64_t bytes) const;
    void settle(PartFile&, Format, std::uint64_t bytes) const;
    Volume made(const Uuid&) const;
    Volume copy_chain(const Uuid&, const std::vector<Layer>&, const std::function<void(std::uint64_t)>&,
                      const std::stop_token&) const;

    const VolumeFiles files_;
    const std::function<void()> prepare_;
    std::atomic<bool> seen_ = false; // the folder
};

} // namespace hv::pool
