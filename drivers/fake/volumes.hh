#pragma once
// The fake's storage: volumes without bytes, only sizes and what backs what.
//
// Threads: any; see drivers/contract/host.hh.

#include "agent/base/guarded.hh"
#include "drivers/contract/storage.hh"
#include "drivers/fake/events.hh"
#include "drivers/fake/gate.hh"

#include <filesystem>
#include <set>

namespace hv::fake {

class Volumes : public Storage {
public:
    // `folder`: where the paths of volumes point to. `real_files`: create() makes a sparse file there.
    Volumes(Gate& gate, Events& events, std::filesystem::path folder, bool real_files,
            std::uint64_t available);

    std::vector<Volume> list() override;
    std::optional<Volume> find(const Uuid&) override;
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
    std::uint64_t available() override;
    std::map<std::string, std::vector<Uuid>> behind(const std::vector<std::string>& files) override;
    Standing settle(const Uuid& known) override;
    std::vector<Stray> strays() override;
    Descriptor open(const std::string& stray) override;
    void discard(const std::string& stray) override;

    void set_available(std::uint64_t bytes);
    // The pool is that agent's, which lives or has ended.
    void set_owner(const Uuid& agent, bool lives);
    // Somebody puts a file there; `content` is what open() finds in it.
    void put_stray(Stray, std::string content = {});
    bool vanish(const Uuid&);                    // whether it was there
    bool grow(const Uuid&, std::uint64_t bytes); // whether it was smaller
    // Whether a machine finds what it needs at `path`: what is outside of the pool is not looked at.
    bool could_open(const std::string& path) const;

private:
    class Arriving;
    struct Pool {
        std::map<Uuid, Volume> volumes;
        std::set<Uuid> coming; // being imported: taken, but not listed yet
        std::uint64_t available = 0;
        Uuid owner;                                                  // the agent that settled first
        bool is_locked = false;                                      // by another one
        std::map<std::string, std::pair<Stray, std::string>> strays; // with what is in them
        std::map<std::string, Descriptor> files_of_strays;           // once they were opened
    };

    static std::vector<Uuid> behind(const Pool&, const std::string& file);
    Volume add(Volume volume);
    std::optional<Volume> take(const Uuid&);
    void changed(const Uuid&, const std::string& what);
    std::string path_of(const Uuid&, Format) const;

    Gate& gate_;
    Events& events_;
    const std::filesystem::path folder_;
    const bool real_files_;
    Guarded<Pool> pool_;
};

} // namespace hv::fake
