#include "drivers/fake/volumes.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace hv::fake {
namespace {

constexpr std::uint64_t parts_of_an_import = 4;
constexpr std::uint64_t qcow2_overhead = 192 << 10; // an empty one with clusters of 64 KiB

std::string_view ending_of(Format format) { return format == Format::qcow2 ? ".qcow2" : ".raw"; }

void make_sparse_file(const std::string& path, std::uint64_t bytes) {
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file || ::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0)
        throw Error(Fault::unavailable, "volume " + path + " cannot be made: " + std::strerror(errno));
}

std::uint64_t size_of(int file, const Uuid& id) {
    struct stat seen {};
    if (::fstat(file, &seen) != 0)
        throw Error(Fault::unavailable,
                    "import volume " + id + ": the original cannot be read: " + std::strerror(errno));
    return static_cast<std::uint64_t>(seen.st_size);
}

} // namespace

Volumes::Volumes(Gate& gate, Events& events, std::filesystem::path folder, bool real_files,
                 std::uint64_t available)
    : gate_(gate), events_(events), folder_(std::move(folder)), real_files_(real_files) {
    set_available(available);
}

std::string Volumes::path_of(const Uuid& id, Format format) const {
    return (folder_ / (id + std::string(ending_of(format)))).string();
}

void Volumes::changed(const Uuid& id, const std::string& what) {
    if (!gate_.why_lost()) events_.changed({Change::Subject::volume, id, what, "", {}});
}

// ---- reading -------------------------------------------------------------------------------------------------------

std::vector<Volume> Volumes::list() {
    return gate_.pass("storage.list", [&] {
        return pool_.with([](const Pool& pool) {
            std::vector<Volume> all;
            for (const auto& [id, volume] : pool.volumes) all.push_back(volume);
            return all;
        });
    });
}

std::optional<Volume> Volumes::find(const Uuid& id) {
    return gate_.pass("storage.find", [&] {
        return pool_.with([&](const Pool& pool) {
            const auto known = pool.volumes.find(id);
            return known == pool.volumes.end() ? std::nullopt : std::optional(known->second);
        });
    });
}

std::uint64_t Volumes::available() {
    return gate_.pass("storage.available",
                      [&] { return pool_.with([](const Pool& pool) { return pool.available; }); });
}

std::vector<Uuid> Volumes::behind(const Pool& pool, const std::string& file) {
    std::vector<Uuid> all;
    for (const auto& [id, volume] : pool.volumes)
        if (volume.path == file) all.push_back(id);
    if (!all.empty())
        for (auto next = pool.volumes.find(pool.volumes.at(all.front()).backing); next != pool.volumes.end();
             next = pool.volumes.find(next->second.backing))
            all.push_back(next->first);
    for (const auto& [name, stray] : pool.strays)
        if (stray.first.path == file) all.push_back(file);
    if (all.empty()) all.emplace_back();
    return all;
}

std::map<std::string, std::vector<Uuid>> Volumes::behind(const std::vector<std::string>& files) {
    return gate_.pass("storage.behind", [&] {
        return pool_.with([&](const Pool& pool) {
            std::map<std::string, std::vector<Uuid>> found;
            for (const auto& file : files) found[file] = behind(pool, file);
            return found;
        });
    });
}

Storage::Standing Volumes::settle(const Uuid& known) {
    return gate_.pass("storage.settle", [&] {
        return pool_.with([&](Pool& pool) -> Standing {
            if (pool.is_locked) return {known.empty() ? new_uuid() : known, "another agent uses the pool"};
            if (!pool.owner.empty() && !known.empty() && pool.owner != known)
                return {known, "the pool belongs to another agent"};
            if (pool.owner.empty()) pool.owner = known.empty() ? new_uuid() : known;
            return {pool.owner, ""};
        });
    });
}

void Volumes::set_owner(const Uuid& agent, bool lives) {
    pool_.with([&](Pool& pool) {
        pool.owner = agent;
        pool.is_locked = lives;
    });
}

bool Volumes::could_open(const std::string& path) const {
    if (std::filesystem::path(path).parent_path() != folder_) return true;
    return pool_.with([&](const Pool& pool) {
        for (const auto& [id, volume] : pool.volumes)
            if (volume.path == path) return true;
        return false;
    });
}

// ---- changing ------------------------------------------------------------------------------------------------------

Volume Volumes::add(Volume volume) {
    pool_.with([&](Pool& pool) {
        if (pool.volumes.contains(volume.id) || pool.coming.contains(volume.id))
            throw Error(Fault::conflict, "volume " + volume.id + " exists already");
        if (volume.allocated > pool.available)
            throw Error(Fault::unavailable, "make volume " + volume.id + ": no space left in the pool");
        pool.available -= volume.allocated;
        pool.volumes[volume.id] = volume;
    });
    changed(volume.id, "created");
    return volume;
}

std::optional<Volume> Volumes::take(const Uuid& id) {
    return pool_.with([&](Pool& pool) -> std::optional<Volume> {
        const auto node = pool.volumes.extract(id);
        if (node.empty()) return std::nullopt;
        pool.available += node.mapped().allocated;
        return node.mapped();
    });
}

Volume Volumes::create(const Uuid& id, std::uint64_t bytes) {
    return gate_.pass("storage.create", [&] {
        if (!is_uuid(id) || bytes == 0)
            throw Error(Fault::invalid, "volume " + id + " needs a UUID and a size");
        const auto path = path_of(id, Format::raw);
        auto volume = add({id, Format::raw, bytes, 0, path, {}});
        Defer undo([&] { take(id); });
        if (real_files_) make_sparse_file(path, bytes);
        undo.dismiss();
        return volume;
    });
}

Volume Volumes::clone(const Uuid& id, const Volume& base, std::uint64_t wanted) {
    return gate_.pass("storage.clone", [&] {
        if (!is_uuid(id)) throw Error(Fault::invalid, "volume " + id + " needs a UUID");
        const auto bytes = pool_.with([&](const Pool& pool) {
            const auto known = pool.volumes.find(base.id);
            if (known == pool.volumes.end())
                throw Error(Fault::not_found,
                            "make volume " + id + ": there is no volume " + base.id + " to clone");
            return std::max(known->second.bytes, wanted);
        });
        return add({id, Format::qcow2, bytes, qcow2_overhead, path_of(id, Format::qcow2), base.id});
    });
}

Volume Volumes::import(const Uuid& id, Format format, int source, std::uint64_t bytes,
                       const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    const auto copy = [&] {
        if (!is_uuid(id)) throw Error(Fault::invalid, "volume " + id + " needs a UUID");
        const auto size = size_of(source, id);
        if (format == Format::raw && bytes < size)
            throw Error(Fault::invalid, "import volume " + id + ": it would be smaller than its original");
        const bool mine = pool_.with(
            [&](Pool& pool) { return !pool.volumes.contains(id) && pool.coming.insert(id).second; });
        if (!mine) throw Error(Fault::conflict, "volume " + id + " exists already");
        {
            Defer arrived([&] { pool_.with([&](Pool& pool) { pool.coming.erase(id); }); });
            for (std::uint64_t part = 1; part <= parts_of_an_import; ++part) {
                if (stop.stop_requested())
                    throw Error(Fault::conflict, "import volume " + id + ": it was stopped");
                if (progress)
                    progress(size / parts_of_an_import * part +
                             size % parts_of_an_import * part / parts_of_an_import);
            }
        }
        return add({id, format, bytes, size, path_of(id, format), {}});
    };
    return gate_.pass("storage.import", copy, stop);
}

Volume Volumes::copy(const Uuid& id, const Volume& original,
                     const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    const auto make = [&] {
        const auto doing = "copy volume " + original.id + " as " + id;
        auto copied = pool_.with([&](const Pool& pool) {
            const auto known = pool.volumes.find(original.id);
            if (known == pool.volumes.end())
                throw Error(Fault::not_found, doing + ": there is no volume " + original.id);
            return known->second;
        });
        if (stop.stop_requested()) throw Error(Fault::conflict, doing + ": it was stopped");
        if (progress) progress(copied.bytes);
        copied.id = id;
        copied.path = path_of(id, copied.format);
        copied.backing.clear();
        return add(std::move(copied));
    };
    return gate_.pass("storage.copy", make, stop);
}

// What is seen through files that others made on top of a volume is as large as the outermost of them.
Volume Volumes::flatten(const Uuid& id, const std::vector<Layer>& chain,
                        const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    const auto make = [&] {
        const auto doing = "copy a chain of files as " + id;
        const auto bytes = pool_.with([&](const Pool& pool) {
            for (const auto& layer : chain) {
                for (const auto& [name, stray] : pool.strays)
                    if (stray.first.path == layer.path) return stray.first.bytes;
                for (const auto& [known, volume] : pool.volumes)
                    if (volume.path == layer.path) return volume.bytes;
            }
            throw Error(Fault::conflict, doing + ": there is no such file in the pool");
        });
        if (stop.stop_requested()) throw Error(Fault::conflict, doing + ": it was stopped");
        if (progress) progress(bytes);
        return add({id, Format::qcow2, bytes, qcow2_overhead, path_of(id, Format::qcow2), {}});
    };
    return gate_.pass("storage.flatten", make, stop);
}

void Volumes::resize(const Uuid& id, std::uint64_t bytes) {
    gate_.pass("storage.resize", [&] {
        const bool news = pool_.with([&](Pool& pool) {
            const auto known = pool.volumes.find(id);
            if (known == pool.volumes.end())
                throw Error(Fault::not_found, "resize volume " + id + ": there is no such volume");
            if (bytes < known->second.bytes)
                throw Error(Fault::conflict, "resize volume " + id + ": it would become smaller");
            return std::exchange(known->second.bytes, bytes) != bytes;
        });
        if (news) changed(id, "resized");
    });
}

// Its bytes are kept in memory for as long as somebody may look at them.
class Volumes::Arriving : public Incoming {
public:
    Arriving(Volumes& volumes, Uuid id)
        : volumes_(volumes), id_(std::move(id)), file_(::memfd_create("incoming", MFD_CLOEXEC)) {
        if (!file_) throw Error(Fault::unavailable, "receive volume " + id_ + ": " + std::strerror(errno));
    }
    ~Arriving() override {
        volumes_.pool_.with([&](Pool& pool) { pool.coming.erase(id_); });
    }

    void write(std::string_view bytes) override {
        volumes_.gate_.pass("storage.write", [&] {
            if (size_of(file_.get(), id_) + bytes.size() >
                volumes_.pool_.with([](const Pool& pool) { return pool.available; }))
                throw Error(Fault::unavailable, "receive volume " + id_ + ": no space left in the pool");
            if (::write(file_.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
                throw Error(Fault::unavailable, "receive volume " + id_ + ": " + std::strerror(errno));
        });
    }
    int descriptor() const noexcept override { return file_.get(); }
    Volume keep(Format format, std::uint64_t bytes) override {
        return volumes_.gate_.pass("storage.keep", [&] {
            volumes_.pool_.with([&](Pool& pool) { pool.coming.erase(id_); });
            const auto size = size_of(file_.get(), id_);
            return volumes_.add({id_,
                                 format,
                                 std::max(bytes, format == Format::raw ? size : bytes),
                                 size,
                                 volumes_.path_of(id_, format),
                                 {}});
        });
    }

private:
    Volumes& volumes_;
    const Uuid id_;
    const Descriptor file_;
};

std::unique_ptr<Incoming> Volumes::receive(const Uuid& id) {
    return gate_.pass("storage.receive", [&] {
        const bool mine = pool_.with(
            [&](Pool& pool) { return !pool.volumes.contains(id) && pool.coming.insert(id).second; });
        if (!mine) throw Error(Fault::conflict, "volume " + id + " exists already");
        return std::make_unique<Arriving>(*this, id);
    });
}

void Volumes::remove(const Uuid& id) {
    gate_.pass("storage.remove", [&] { vanish(id); });
}

// ---- what others put there -----------------------------------------------------------------------------------------

std::vector<Stray> Volumes::strays() {
    return gate_.pass("storage.strays", [&] {
        return pool_.with([](const Pool& pool) {
            std::vector<Stray> all;
            for (const auto& [name, stray] : pool.strays) all.push_back(stray.first);
            return all;
        });
    });
}

Descriptor Volumes::open(const std::string& stray) {
    return gate_.pass("storage.open", [&] {
        return pool_.with([&](Pool& pool) {
            const auto known = pool.strays.find(stray);
            if (known == pool.strays.end())
                throw Error(Fault::not_found, "there is no file " + stray + " in the pool");
            // The same file each time, as on a disk.
            auto& file = pool.files_of_strays[stray];
            const auto& content = known->second.second;
            if (!file) {
                file = Descriptor(::memfd_create("stray", MFD_CLOEXEC));
                if (!file || ::write(file.get(), content.data(), content.size()) < 0)
                    throw Error(Fault::unavailable, "open " + stray + ": " + std::strerror(errno));
            }
            return Descriptor(::fcntl(file.get(), F_DUPFD_CLOEXEC, 3));
        });
    });
}

void Volumes::discard(const std::string& stray) {
    gate_.pass("storage.discard", [&] {
        pool_.with([&](Pool& pool) {
            pool.strays.erase(stray);
            pool.files_of_strays.erase(stray);
        });
    });
}

void Volumes::put_stray(Stray stray, std::string content) {
    if (stray.path.empty()) stray.path = (folder_ / stray.name).string();
    pool_.with([&](Pool& pool) {
        pool.files_of_strays.erase(stray.name);
        pool.strays[stray.name] = {stray, std::move(content)};
    });
}

bool Volumes::grow(const Uuid& id, std::uint64_t bytes) {
    return pool_.with([&](Pool& pool) {
        const auto known = pool.volumes.find(id);
        if (known == pool.volumes.end() || known->second.bytes >= bytes) return false;
        known->second.bytes = bytes;
        return true;
    });
}

bool Volumes::vanish(const Uuid& id) {
    const auto gone = take(id);
    if (!gone) return false;
    if (real_files_) {
        std::error_code ignored; // only blank ones have a file
        std::filesystem::remove(gone->path, ignored);
    }
    changed(id, "deleted");
    return true;
}

void Volumes::set_available(std::uint64_t bytes) {
    pool_.with([&](Pool& pool) { pool.available = bytes; });
}

} // namespace hv::fake
