#pragma once
// The files of the pool as they are on the disk. A volume is "<uuid>.raw" or "<uuid>.qcow2", and its file says all
// there is to know of it, so that listing some hundred volumes costs a look at each header. Its name is the record of
// its format: the bytes of a raw one are the guest's, and never looked at. Whatever else lies in the directory is a
// stray. Two whole files with the name of one volume (a snapshot that somebody has called "qcow2") are none: nobody
// can tell which of them has its bytes, and each is a stray until somebody takes the other one away.
//
// Threads: any. Throws Error{unavailable} when the directory or a volume cannot be read: what cannot be seen is not
// taken to be gone.

#include "agent/base/handle.hh"
#include "drivers/contract/volume.hh"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hv::pool {

std::string volume_name(const Uuid&, Format); // "<uuid>.qcow2"

// A file that is being filled: ".<uuid>.part" until publish() gives it the name of a volume in one step. If that
// does not happen it goes away with this object, or is found by remove_stale_parts() after a crash.
class PartFile {
public:
    // Throws Error{conflict} when the volume is being filled already, Error{unavailable} when it cannot be made.
    PartFile(std::filesystem::path directory, const Uuid&);
    ~PartFile();
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    int descriptor() const noexcept { return file_.get(); }
    const std::string& name() const noexcept { return name_; }

    // Durable, and under its name, when it returns. Throws Error{conflict} when that name is taken.
    void publish(const std::string& volume);

private:
    std::filesystem::path directory_;
    std::string name_;
    Descriptor file_; // locked, so that remove_stale_parts() of another process leaves it alone
};

class VolumeFiles {
public:
    explicit VolumeFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

    const std::filesystem::path& directory() const noexcept { return directory_; }
    std::filesystem::path path(const Uuid& id, Format format) const {
        return directory_ / volume_name(id, format);
    }

    std::vector<Volume> list() const;
    std::optional<Volume> find(const Uuid&) const; // Error{conflict}: there are two files
    std::vector<Stray> strays() const;
    // A file of the directory by its name, and no other. Throws Error{not_found}, Error{conflict} (no regular file),
    // Error{unavailable}.
    Descriptor open(const std::string& name, int flags) const;
    void discard(const std::string& stray) const; // never a volume; idempotent
    // What that file is made of, outermost first, as the headers say. Throws Error{conflict} when one of them leads to
    // anything but a file of this directory, of a format that is spelled out and is that of its name.
    std::vector<Layer> chain_of(const std::string& name, Format) const;
    // The same, where the caller knows the files: throws Error{conflict} when the headers say otherwise.
    void check(const std::vector<Layer>& chain) const;
    // A raw volume that begins as a format of images that lead to other files: a program that guesses formats would
    // follow it.
    std::optional<std::string> pretender() const;
    // The name of a file of this directory; throws Error{conflict} for any other path.
    std::string name_below(const std::string& path) const;
    std::uint64_t available() const; // bytes
    void remove(const Uuid&) const;  // idempotent; Error{conflict}: there are two files
    // Removes the ".<uuid>.part" files that nobody fills any more.
    void remove_stale_parts() const;
    // Makes the directory, with what is missing above it, open to pass through but not to list: guests' files are
    // named by a caller that knows their UUID only.
    void make_directory() const;

private:
    std::filesystem::path directory_;
};

} // namespace hv::pool
