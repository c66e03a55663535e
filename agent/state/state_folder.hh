#pragma once
// The state directory: one agent at a time has it, its files are for their owner alone from the first byte on, whatever
// the umask and the directory say, and nothing in it is reached through a symbolic link. What cannot be used is set
// aside, never removed.
//
// Threads: one at a time.

#include "agent/base/handle.hh"

#include <filesystem>
#include <string>
#include <vector>

namespace state {

class StateFolder {
public:
    // Makes it (0711: the hypervisor must reach the volumes below it) when missing, and takes its lock. Throws
    // Error{unavailable} when another agent has it, and only then.
    explicit StateFolder(std::filesystem::path);

    const std::filesystem::path& path() const noexcept { return path_; }
    // Why nothing can be written here, such as "read-only file system"; empty: it can.
    const std::string& why_unwritable() const noexcept { return why_unwritable_; }

    enum class Missing { make, leave };
    // A regular file, for reading and writing. Anything else of that name is set aside first. Throws
    // Error{unavailable}.
    Descriptor open(const std::string& name, Missing = Missing::make);
    // The same for reading only, changing nothing.
    Descriptor open_to_read(const std::string& name) const;

    struct SetAside {
        std::filesystem::path path;
        std::string why; // empty: an earlier run of the agent did it
    };
    // Gives the file, and the "-wal" and "-shm" that belong to it, a name with the date, in one that is free. The new
    // path of the file. Throws Error{unavailable} when that cannot be.
    std::filesystem::path set_aside(const std::string& name, const std::string& why);
    // A copy of it under such a name, for what is going to be overwritten.
    std::filesystem::path copy_aside(const std::string& name, const std::string& why);
    // All that were set aside and that nobody has removed since.
    std::vector<SetAside> set_aside_so_far();

    // Whether the directory is still the one that was opened, and the lock is in it.
    bool is_in_place() const;
    // Makes what is missing of it and takes the lock again.
    void renew();

private:
    void lock();

    const std::filesystem::path path_;
    std::string why_unwritable_;
    Descriptor lock_;
    std::vector<SetAside> aside_;
};

} // namespace state
