#pragma once
// The control groups of one private host: a group named after its outer process in every hierarchy of version 1, or one
// in version 2, removed with the object. Inside, a cgroup namespace makes these groups look like the roots.
//
// Threads: one.

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace private_host {

class Cgroups {
public:
    // Makes the groups. A machine whose hierarchies cannot be written gives none, said on stderr: libvirt does without.
    Cgroups();
    Cgroups(const Cgroups&) = delete;
    Cgroups& operator=(const Cgroups&) = delete;
    ~Cgroups();

    void enter(pid_t) const;

    // Inside of the new namespaces, where /sys/fs/cgroup is an empty folder on a fresh /sys.
    void mount() const;

private:
    struct Hierarchy {
        std::filesystem::path mounted;
        std::string options; // of mount(2) in version 1: "cpu,cpuacct", "name=systemd"
        bool unified = false;
    };
    static std::vector<Hierarchy> all();
    void make_groups();
    void remove_groups() const noexcept;

    std::string name_;
    std::vector<Hierarchy> hierarchies_;
};

} // namespace private_host
