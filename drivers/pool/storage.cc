#include "drivers/pool/storage.hh"

#include "agent/base/error.hh"
#include "drivers/pool/copy.hh"
#include "drivers/pool/qcow2_file.hh"
#include "drivers/pool/qemu_img.hh"
#include "drivers/pool/sparse_writer.hh"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>

namespace hv::pool {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t sector = 512;

fs::path checked(const fs::path& path) {
    if (!path.is_absolute())
        throw Error(Fault::invalid, "the path of the storage pool \"" + path.string() + "\" is not absolute");
    auto clean = path.lexically_normal();
    return clean.has_filename() ? clean : clean.parent_path();
}

std::uint64_t in_whole_sectors(std::uint64_t bytes) { return (bytes + sector - 1) / sector * sector; }

std::uint64_t length_of(int file) {
    struct stat is {};
    if (::fstat(file, &is) != 0)
        throw Error(Fault::unavailable,
                    "cannot look at the original: " + std::generic_category().message(errno));
    return static_cast<std::uint64_t>(is.st_size);
}

// Errors of `verb` begin with what was tried.
template <class F> auto trying(const std::string& doing, F&& verb) {
    try {
        return verb();
    } catch (const Error& failure) {
        throw Error(failure.fault(), doing + ": " + failure.what());
    }
}

} // namespace

Storage::Storage(fs::path folder, std::function<void()> prepare)
    : files_(checked(folder)), prepare_(std::move(prepare)) {}

void Storage::see_folder() {
    if (seen_) return;
    if (prepare_) prepare_();
    if (!seen_.exchange(true) && prepare_) files_.remove_stale_parts();
}

void Storage::refuse_taken(const Uuid& id) const {
    if (files_.find(id)) throw Error(Fault::conflict, "there is a volume " + id + " already");
}

Volume Storage::made(const Uuid& id) const {
    auto volume = files_.find(id);
    if (!volume) throw Error(Fault::internal, "volume " + id + " is gone right after it was made");
    return std::move(*volume);
}

// ---- looking -------------------------------------------------------------------------------------------------------

std::vector<Volume> Storage::list() {
    see_folder();
    return files_.list();
}

std::optional<Volume> Storage::find(const Uuid& id) {
    see_folder();
    return files_.find(id);
}

std::uint64_t Storage::available() {
    see_folder();
    return files_.available();
}

std::vector<Stray> Storage::strays() {
    see_folder();
    return files_.strays();
}

Descriptor Storage::open(const std::string& stray) {
    see_folder();
    return files_.open(stray, O_RDONLY);
}

// ---- making --------------------------------------------------------------------------------------------------------

// What is in the part becomes the volume, in one step.
Volume Storage::keep(PartFile& part, const Uuid& id, Format format, std::uint64_t bytes) const {
    settle(part, format, bytes);
    part.publish(volume_name(id, format));
    return made(id);
}

void Storage::settle(PartFile& part, Format format, std::uint64_t bytes) const {
    if (format == Format::raw) {
        set_length(part.descriptor(), std::max(bytes, length_of(part.descriptor())));
        return;
    }
    // The original has been checked, but whoever may write to it could have changed it since.
    const auto header = read_qcow2(part.descriptor());
    if (!header || !header->backing.empty() || header->external_data)
        throw Error(Fault::conflict,
                    "the original was changed while it was copied: it is no qcow2 image of its own any more");
    if (bytes > header->bytes)
        grow_image(files_.directory(), {{files_.directory() / part.name(), Format::qcow2}},
                   in_whole_sectors(bytes));
}

Volume Storage::create(const Uuid& id, std::uint64_t bytes) {
    see_folder();
    return trying("create volume " + id, [&] {
        refuse_taken(id);
        PartFile part(files_.directory(), id);
        return keep(part, id, Format::raw, bytes);
    });
}

Volume Storage::clone(const Uuid& id, const Volume& base, std::uint64_t bytes) {
    const auto original = find(base.id); // what the pool says, whatever the caller believes
    if (!original) throw Error(Fault::not_found, "there is no volume " + base.id + " to clone");
    return trying("clone volume " + base.id + " as " + id, [&] {
        refuse_taken(id);
        PartFile part(files_.directory(), id);
        write_overlay(part.descriptor(), in_whole_sectors(std::max(bytes, original->bytes)),
                      {original->path, original->format});
        part.publish(volume_name(id, Format::qcow2));
        return made(id);
    });
}

Volume Storage::import(const Uuid& id, Format format, int source, std::uint64_t bytes,
                       const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    see_folder();
    return trying("import volume " + id, [&] {
        refuse_taken(id);
        PartFile part(files_.directory(), id);
        copy_sparse(source, part.descriptor(), length_of(source), progress, stop);
        return keep(part, id, format, bytes);
    });
}

class Storage::Arriving : public Incoming {
public:
    Arriving(Storage& storage, const Uuid& id)
        : storage_(storage), id_(id), part_(storage.files_.directory(), id), writer_(part_.descriptor()) {}

    void write(std::string_view bytes) override { writer_.append(bytes); }
    int descriptor() const noexcept override { return part_.descriptor(); }
    Volume keep(Format format, std::uint64_t bytes) override {
        return storage_.keep(part_, id_, format, bytes);
    }

private:
    Storage& storage_;
    const Uuid id_;
    PartFile part_;
    SparseWriter writer_;
};

std::unique_ptr<Incoming> Storage::receive(const Uuid& id) {
    see_folder();
    refuse_taken(id);
    return std::make_unique<Arriving>(*this, id);
}

// ---- copies --------------------------------------------------------------------------------------------------------

// One file is copied as it is; of several qemu-img makes one.
Volume Storage::copy_chain(const Uuid& id, const std::vector<Layer>& chain,
                           const std::function<void(std::uint64_t)>& progress,
                           const std::stop_token& stop) const {
    PartFile part(files_.directory(), id);
    if (chain.size() > 1) {
        flatten_image(files_.directory(), chain, files_.directory() / part.name(), stop);
        return keep(part, id, Format::qcow2, 0);
    }
    const auto source = files_.open(files_.name_below(chain.front().path), O_RDONLY);
    copy_sparse(source.get(), part.descriptor(), length_of(source.get()), progress, stop);
    return keep(part, id, chain.front().format, 0);
}

Volume Storage::copy(const Uuid& id, const Volume& original,
                     const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    return trying("copy volume " + original.id + " as " + id, [&] {
        const auto from = find(original.id); // what the pool says, whatever the caller believes
        if (!from) throw Error(Fault::not_found, "there is no volume " + original.id);
        refuse_taken(id);
        return copy_chain(id, files_.chain_of(volume_name(from->id, from->format), from->format), progress,
                          stop);
    });
}

Volume Storage::flatten(const Uuid& id, const std::vector<Layer>& chain,
                        const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    see_folder();
    return trying(
        "copy what is seen through " + (chain.empty() ? "nothing" : chain.front().path) + " as " + id, [&] {
            refuse_taken(id);
            files_.check(chain);
            return copy_chain(id, chain, progress, stop);
        });
}

// ---- changing ------------------------------------------------------------------------------------------------------

void Storage::resize(const Uuid& id, std::uint64_t bytes) {
    const auto doing = "resize volume " + id;
    const auto volume = find(id);
    if (!volume) throw Error(Fault::not_found, doing + ": there is no such volume");
    if (bytes == volume->bytes || in_whole_sectors(bytes) == volume->bytes) return;
    if (bytes < volume->bytes) throw Error(Fault::conflict, doing + ": it would become smaller");
    trying(doing, [&] {
        const auto wanted = in_whole_sectors(bytes);
        const auto name = volume_name(id, volume->format);
        if (volume->format == Format::qcow2)
            grow_image(files_.directory(), files_.chain_of(name, volume->format), wanted);
        const auto file = files_.open(name, volume->format == Format::raw ? O_RDWR : O_RDONLY);
        // Another one may have made it larger since.
        if (volume->format == Format::raw && length_of(file.get()) < wanted) set_length(file.get(), wanted);
        sync_file(file.get());
        if (const auto now = made(id).bytes; now < wanted)
            throw Error(Fault::unavailable, "it has " + std::to_string(now) + " bytes still");
    });
}

void Storage::remove(const Uuid& id) {
    see_folder();
    files_.remove(id);
}

void Storage::discard(const std::string& stray) {
    see_folder();
    files_.discard(stray);
}

} // namespace hv::pool
