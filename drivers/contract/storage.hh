#pragma once
// The driver of volumes. What holds for every verb (threads, errors, "idempotent") stands in host.hh.

#include "agent/base/handle.hh"
#include "drivers/contract/volume.hh"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace hv {

// Bytes that come from outside, on their way to be a volume. Nobody sees them before keep(); let go before that, they
// leave nothing behind. One thread at a time. It does not outlive its Storage.
class Incoming {
public:
    virtual ~Incoming() = default;
    virtual void write(std::string_view) = 0; // appends. unavailable: no room
    // The file that has what came so far, to be looked at.
    virtual int descriptor() const noexcept = 0;
    // Makes it a volume that is listed: `format` as found there, `bytes` large as seen by a guest (never smaller than
    // what came). Once.
    virtual Volume keep(Format format, std::uint64_t bytes) = 0;
};

// Our own pool only. Nothing here ever touches a file outside of it.
class Storage {
public:
    virtual ~Storage() = default;
    virtual std::vector<Volume> list() = 0;
    virtual std::optional<Volume> find(const Uuid&) = 0;

    // A sparse raw volume full of zeros.
    virtual Volume create(const Uuid&, std::uint64_t bytes) = 0;
    // A qcow2 volume that begins as `base` and keeps its own writes; `bytes` large as seen by a guest, and never
    // smaller than `base`: 0 is as large as that.
    virtual Volume clone(const Uuid&, const Volume& base, std::uint64_t bytes = 0) = 0;
    // Copies the whole of the open file `source` (already checked by drivers/image, `format` as found there) and makes
    // the volume `bytes` large as seen by a guest (never smaller than the original). The volume is listed only when it
    // is whole. `progress` is called with the bytes copied so far. Stopped: throws Error{conflict} and leaves nothing
    // behind.
    virtual Volume import(const Uuid&, Format, int source, std::uint64_t bytes,
                          const std::function<void(std::uint64_t)>& progress, std::stop_token) = 0;
    // Throws conflict when there is such a volume, or when one is coming already.
    virtual std::unique_ptr<Incoming> receive(const Uuid&) = 0;
    // Makes a volume that stands alone and has all bytes of `original`, also those of the volumes that it is a clone
    // of. `progress` and a stop are as for import(). The caller sees to it that nobody writes to `original`
    // meanwhile.
    virtual Volume copy(const Uuid&, const Volume& original,
                        const std::function<void(std::uint64_t)>& progress, std::stop_token) = 0;
    // Makes a volume that stands alone and has what a guest on that chain of files sees (outermost first); each file
    // is read as the format that is named here and as no other. The rest is as for copy(). conflict: one of the files
    // is not in the pool, or leads elsewhere.
    virtual Volume flatten(const Uuid&, const std::vector<Layer>& chain,
                           const std::function<void(std::uint64_t)>& progress, std::stop_token) = 0;
    // Makes it larger, for whatever opens it from now on; what runs on it is Compute::grow. Idempotent, and it is
    // that large when it returns; conflict: it would become smaller, or leads to files that are not the pool's.
    virtual void resize(const Uuid&, std::uint64_t bytes) = 0;
    // Idempotent. Does not ask what uses the volume: the caller has made sure that nothing does.
    virtual void remove(const Uuid&) = 0;
    // The bytes that are free in the pool, as seen a moment ago: waits for no disk. unavailable: that is not known.
    virtual std::uint64_t available() = 0;
    // "the storage pool does not answer since ...", when it does not; empty: it does, as far as can be told. Waits for
    // no disk.
    virtual std::string silence() { return ""; }

    // For each of these files of the host the volume that it is ("" for none), then the volumes that it is made on
    // top of, the nearest first; a file of the pool that is no volume is named by its path. A file is known by its
    // name, and by what it really is, whatever link leads to it; one that cannot be read is known by its name alone.
    virtual std::map<std::string, std::vector<Uuid>> behind(const std::vector<std::string>& files) = 0;

    // Tells whose the pool is: it belongs to the first agent that has settled here, and to one at a time. `known` is
    // the id that the caller has from before; without one it takes over that of the pool, or gets a new one. To be
    // called again while `why_not` says that the pool is somebody else's: until then every verb that changes
    // something throws Error{unavailable} with that sentence.
    struct Standing {
        Uuid agent;
        std::string why_not; // empty: the pool is this agent's
    };
    virtual Standing settle(const Uuid& known) = 0;

    virtual std::vector<Stray> strays() = 0;
    // Opens a stray for reading, to be looked at. not_found; conflict: it is no regular file.
    virtual Descriptor open(const std::string& stray) = 0;
    // Removes a stray, never a volume. Idempotent. Does not ask what uses it.
    virtual void discard(const std::string& stray) = 0;
};

} // namespace hv
