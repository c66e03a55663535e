#include "drivers/libvirt/storage.hh"

#include "agent/base/log.hh"
#include "agent/base/process.hh"
#include "agent/base/text.hh"
#include "drivers/libvirt/copy.hh"
#include "drivers/libvirt/sparse_writer.hh"
#include "drivers/libvirt/xml_volume.hh"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>

namespace hv::libvirt {
namespace {

namespace fs = std::filesystem;

constexpr auto pool_name = "occi";
constexpr std::uint64_t sector = 512;
constexpr std::chrono::milliseconds refresh_pause{50};
constexpr int refresh_attempts = 100; // 5 s

fs::path checked(const fs::path& path) {
    if (!path.is_absolute())
        throw Error(Fault::invalid, "the path of the storage pool \"" + path.string() + "\" is not absolute");
    auto clean = path.lexically_normal();
    return clean.has_filename() ? clean : clean.parent_path();
}

bool same_directory(const fs::path& a, const fs::path& b) {
    std::error_code ignored;
    return a.lexically_normal() == b.lexically_normal() || fs::equivalent(a, b, ignored);
}

std::uint64_t in_whole_sectors(std::uint64_t bytes) { return (bytes + sector - 1) / sector * sector; }

std::uint64_t length_of(int file) {
    struct stat is {};
    if (::fstat(file, &is) != 0)
        throw Error(Fault::unavailable,
                    "cannot look at the original: " + std::generic_category().message(errno));
    return static_cast<std::uint64_t>(is.st_size);
}

// Whether the thread's last error says that the pool has other work just now, for which libvirt has no code of its own.
bool pool_is_busy() {
    const auto* error = virGetLastError();
    return error && error->message &&
           std::string_view(error->message).find("asynchronous jobs running") != std::string_view::npos;
}

} // namespace

// Keeps a volume out of list() and find() while libvirt makes its file: a qcow2 file without its base looks whole.
class LibvirtStorage::Making {
public:
    Making(Guarded<std::set<Uuid>>& all, const Uuid& id) : all_(all), id_(id) {
        if (!all_.with([&](auto& ids) { return ids.insert(id_).second; }))
            throw Error(Fault::conflict, "volume " + id_ + " is being made already");
    }
    ~Making() {
        all_.with([&](auto& ids) { ids.erase(id_); });
    }
    Making(const Making&) = delete;
    Making& operator=(const Making&) = delete;

private:
    Guarded<std::set<Uuid>>& all_;
    Uuid id_;
};

LibvirtStorage::LibvirtStorage(Connection& connection, fs::path pool_path)
    : connection_(connection), files_(checked(pool_path)) {}

// Looked up each time: who removes the pool under a running agent gets it back.
Pool LibvirtStorage::open_pool(virConnectPtr connection) {
    const std::string doing = std::string("open the storage pool \"") + pool_name + '"';
    Pool pool(virStoragePoolLookupByName(connection, pool_name));
    if (!pool) {
        if (last_code() != VIR_ERR_NO_STORAGE_POOL) throw last_error(doing);
        files_.make_directory();
        const auto xml = pool_xml(pool_name, files_.directory());
        pool.reset(virStoragePoolDefineXML(connection, xml.c_str(), VIR_STORAGE_POOL_DEFINE_VALIDATE));
        if (!pool) {
            auto failure = last_error(doing);
            pool.reset(
                virStoragePoolLookupByName(connection, pool_name)); // another thread may have been first
            if (!pool) throw failure;
        }
        logging::info("made the storage pool \"{}\" in {}", pool_name, files_.directory().string());
    }
    const Text xml(virStoragePoolGetXMLDesc(pool.get(), 0));
    if (!xml) throw last_error(doing);
    if (const auto other = directory_of_pool(xml.get()); !same_directory(other, files_.directory()))
        throw Error(Fault::unavailable, std::string("the storage pool \"") + pool_name +
                                            "\" of libvirt is in \"" + other.string() + "\", not in \"" +
                                            files_.directory().string() + '"');
    int starts_by_itself = 0;
    if (virStoragePoolGetAutostart(pool.get(), &starts_by_itself) == 0 && starts_by_itself == 0 &&
        virStoragePoolSetAutostart(pool.get(), 1) != 0)
        throw last_error(doing);
    if (virStoragePoolIsActive(pool.get()) == 0 && virStoragePoolCreate(pool.get(), 0) != 0) {
        const auto failure = last_error(doing); // "internal" when the directory is gone
        // Another thread may have been first.
        if (virStoragePoolIsActive(pool.get()) != 1) throw Error(Fault::unavailable, failure.what());
    }
    return pool;
}

void LibvirtStorage::see_pool() {
    if (seen_) return;
    connection_.with(Lane::work, [this](virConnectPtr connection) { open_pool(connection); });
    if (!seen_.exchange(true)) files_.remove_stale_parts();
}

std::vector<Volume> LibvirtStorage::list() {
    see_pool();
    const auto hidden = making_.with([](const auto& ids) { return ids; });
    auto volumes = files_.list();
    std::erase_if(volumes, [&](const Volume& volume) { return hidden.contains(volume.id); });
    return volumes;
}

std::optional<Volume> LibvirtStorage::find(const Uuid& id) {
    see_pool();
    if (making_.with([&](const auto& ids) { return ids.contains(id); })) return std::nullopt;
    return files_.find(id);
}

Volume LibvirtStorage::create(const Uuid& id, std::uint64_t bytes) {
    return make(id, raw_volume_xml(id, bytes), "create volume " + id);
}

Volume LibvirtStorage::clone(const Uuid& id, const Volume& base, std::uint64_t bytes) {
    const auto original = find(base.id); // what the pool says, whatever the caller believes
    if (!original) throw Error(Fault::not_found, "there is no volume " + base.id + " to clone");
    return make(id, clone_xml(id, *original, bytes), "clone volume " + base.id + " as " + id);
}

Volume LibvirtStorage::make(const Uuid& id, const std::string& xml, const std::string& doing) {
    see_pool();
    const Making hold(making_, id);
    if (files_.find(id)) throw Error(Fault::conflict, "there is a volume " + id + " already");
    connection_.with(Lane::work, [&](virConnectPtr connection) {
        const auto pool = open_pool(connection);
        // libvirt 9.0 declares VIR_STORAGE_VOL_CREATE_VALIDATE and refuses it.
        const StorageVolume volume(virStorageVolCreateXML(pool.get(), xml.c_str(), 0));
        if (!volume) throw last_error(doing);
    });
    return made(id);
}

Volume LibvirtStorage::import(const Uuid& id, Format format, int source, std::uint64_t bytes,
                              const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    see_pool();
    if (files_.find(id)) throw Error(Fault::conflict, "there is a volume " + id + " already");
    try {
        PartFile part(files_.directory(), id);
        copy_sparse(source, part.descriptor(), length_of(source), progress, stop);
        return keep(part, id, format, bytes);
    } catch (const Error& failure) {
        throw Error(failure.fault(), "import volume " + id + ": " + failure.what());
    }
}

// What is in the part becomes the volume, in one step.
Volume LibvirtStorage::keep(PartFile& part, const Uuid& id, Format format, std::uint64_t bytes) {
    settle(part, format, bytes);
    part.publish(volume_name(id, format));
    refresh_quietly();
    return made(id);
}

void LibvirtStorage::settle(PartFile& part, Format format, std::uint64_t bytes) {
    if (format == Format::raw) {
        set_length(part.descriptor(), std::max(bytes, length_of(part.descriptor())));
        return;
    }
    // The original has been checked, but whoever may write to it could have changed it since.
    const auto header = read_qcow2_header(part.descriptor());
    if (!header || !header->backing.empty() || header->external_data)
        throw Error(Fault::conflict,
                    "the original was changed while it was copied: it is no qcow2 image of its own any more");
    if (bytes > header->bytes) {
        Defer forget([this] { refresh_quietly(); });
        grow(part.name(), bytes);
        forget.dismiss(); // keep() refreshes once more, under the final name
    }
}

class LibvirtStorage::Arriving : public Incoming {
public:
    Arriving(LibvirtStorage& storage, const Uuid& id)
        : storage_(storage), id_(id), part_(storage.files_.directory(), id), writer_(part_.descriptor()) {}

    void write(std::string_view bytes) override { writer_.append(bytes); }
    int descriptor() const noexcept override { return part_.descriptor(); }
    Volume keep(Format format, std::uint64_t bytes) override {
        return storage_.keep(part_, id_, format, bytes);
    }

private:
    LibvirtStorage& storage_;
    const Uuid id_;
    PartFile part_;
    SparseWriter writer_;
};

std::unique_ptr<Incoming> LibvirtStorage::receive(const Uuid& id) {
    see_pool();
    if (files_.find(id)) throw Error(Fault::conflict, "there is a volume " + id + " already");
    return std::make_unique<Arriving>(*this, id);
}

void LibvirtStorage::grow(const std::string& file, std::uint64_t bytes) {
    refresh(); // libvirt resizes what it knows
    connection_.with(Lane::work, [&](virConnectPtr connection) {
        const auto pool = open_pool(connection);
        const StorageVolume volume(virStorageVolLookupByName(pool.get(), file.c_str()));
        if (!volume || virStorageVolResize(volume.get(), in_whole_sectors(bytes), 0) != 0)
            throw last_error("grow it to " + std::to_string(in_whole_sectors(bytes)) + " bytes");
    });
}

void LibvirtStorage::resize(const Uuid& id, std::uint64_t bytes) {
    const auto volume = find(id);
    const auto doing = "resize volume " + id;
    if (!volume) throw Error(Fault::not_found, doing + ": there is no such volume");
    if (bytes == volume->bytes || in_whole_sectors(bytes) == volume->bytes) return;
    if (bytes < volume->bytes) throw Error(Fault::conflict, doing + ": it would become smaller");
    try {
        grow(volume_name(id, volume->format), bytes);
    } catch (const Error& failure) {
        throw Error(failure.fault(), doing + ": " + failure.what());
    }
}

namespace {

// A chain of files into one; `into` exists. The formats behind the first are spelled out in the headers.
void flatten(const Volume& original, const fs::path& into, const std::stop_token& stop) {
    constexpr auto longest = std::chrono::hours(12);
    const auto program = process::find("qemu-img");
    if (!program) throw Error(Fault::unavailable, "qemu-img is not installed on this host");
    const auto result =
        process::run(*program,
                     {"convert", "-q", "-f", original.format == Format::qcow2 ? "qcow2" : "raw", "-O",
                      "qcow2", original.path, into.string()},
                     longest, stop);
    if (result.stopped) throw Error(Fault::conflict, "it was stopped");
    if (result.timed_out) throw Error(Fault::unavailable, "qemu-img took too long");
    if (result.status != 0)
        throw Error(Fault::unavailable,
                    "qemu-img failed: " + text::printable(text::trim(result.output), 400));
}

} // namespace

Volume LibvirtStorage::copy(const Uuid& id, const Volume& original,
                            const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    const auto from = find(original.id); // what the pool says, whatever the caller believes
    const auto doing = "copy volume " + original.id + " as " + id;
    if (!from) throw Error(Fault::not_found, doing + ": there is no volume " + original.id);
    if (files_.find(id)) throw Error(Fault::conflict, "there is a volume " + id + " already");
    try {
        PartFile part(files_.directory(), id);
        if (!from->backing.empty()) {
            flatten(*from, files_.directory() / part.name(), stop);
            return keep(part, id, Format::qcow2, from->bytes);
        }
        const Descriptor source(::open(from->path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (!source)
            throw Error(Fault::unavailable,
                        "cannot open " + from->path + ": " + std::generic_category().message(errno));
        copy_sparse(source.get(), part.descriptor(), length_of(source.get()), progress, stop);
        return keep(part, id, from->format, from->bytes);
    } catch (const Error& failure) {
        throw Error(failure.fault(), doing + ": " + failure.what());
    }
}

void LibvirtStorage::remove(const Uuid& id) {
    see_pool();
    connection_.with(Lane::work, [&](virConnectPtr connection) {
        const auto pool = open_pool(connection);
        for (const auto format : {Format::raw, Format::qcow2}) {
            const auto name = volume_name(id, format);
            const StorageVolume volume(virStorageVolLookupByName(pool.get(), name.c_str()));
            if (!volume && last_code() == VIR_ERR_NO_STORAGE_VOL) continue;
            if (!volume || virStorageVolDelete(volume.get(), 0) != 0) throw last_error("remove volume " + id);
        }
    });
    files_.remove(id); // what libvirt did not know yet
}

std::uint64_t LibvirtStorage::available() {
    see_pool();
    return files_.available();
}

// libvirt refuses while it makes another volume, which takes some milliseconds each, so it is asked again.
void LibvirtStorage::refresh() {
    for (int attempt = 1;; ++attempt) {
        const bool done = connection_.with(Lane::work, [&](virConnectPtr connection) {
            const auto pool = open_pool(connection);
            if (virStoragePoolRefresh(pool.get(), 0) == 0) return true;
            if (!pool_is_busy() || attempt == refresh_attempts) throw last_error("refresh the storage pool");
            return false;
        });
        if (done) return;
        std::this_thread::sleep_for(refresh_pause);
    }
}

// For what is whole already: libvirt not knowing of it harms nobody, as guests are given paths.
void LibvirtStorage::refresh_quietly() noexcept try { refresh(); } catch (const std::exception& failure) {
    logging::warning("{}", failure.what());
}

Volume LibvirtStorage::made(const Uuid& id) const {
    auto volume = files_.find(id);
    if (!volume) throw Error(Fault::internal, "volume " + id + " is gone right after it was made");
    return std::move(*volume);
}

} // namespace hv::libvirt
