#include "tests/private-host/view.hh"

#include "agent/base/handle.hh"
#include "tests/private-host/dev.hh"
#include "tests/private-host/system_call.hh"

#include <array>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>

namespace private_host {
namespace {

namespace fs = std::filesystem;

struct Own {
    const char* name;         // below root
    const char* place;        // where it is seen
    bool same_folders = true; // as the packages made them there: modes and owners, nothing that is in them
};
constexpr std::array own_folders{
    Own{"etc", "/etc/libvirt", false}, Own{"lib", "/var/lib/libvirt"}, Own{"cache", "/var/cache/libvirt"},
    Own{"log", "/var/log/libvirt"},    Own{"run", "/run", false},
};

// Without polkit (there is no D-Bus inside), and with a log that can be shown when the start fails.
constexpr auto libvirtd_settings = R"(auth_unix_rw = "none"
unix_sock_rw_perms = "0770"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
)";

// A fresh mount of /sys has no securityfs, and the machine's AppArmor does not know our folders.
constexpr auto qemu_settings = "security_driver = \"none\"\n";

std::string random_uuid() {
    std::string uuid;
    std::ifstream("/proc/sys/kernel/random/uuid") >> uuid;
    return uuid;
}

void write_settings(const fs::path& etc) {
    std::ofstream libvirtd(etc / "libvirtd.conf");
    libvirtd << libvirtd_settings << "host_uuid = \"" << random_uuid() << "\"\n";
    if (::getgrnam("libvirt")) libvirtd << "unix_sock_group = \"libvirt\"\n";
    fs::create_directory(etc / "qemu");
    std::ofstream(etc / "qemu.conf") << qemu_settings;
    // The filters that come with libvirt; nothing else of the machine's own settings, domains or networks.
    if (fs::exists("/etc/libvirt/nwfilter"))
        fs::copy("/etc/libvirt/nwfilter", etc / "nwfilter", fs::copy_options::recursive);
}

void imitate(const fs::path& original, const fs::path& copy) {
    struct stat status {};
    if (::stat(original.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return;
    fs::create_directory(copy);
    checked(::chown(copy.c_str(), status.st_uid, status.st_gid), "cannot own " + copy.string());
    checked(::chmod(copy.c_str(), status.st_mode & 07777), "cannot set the mode of " + copy.string());
}

void mount_fresh(const char* type, const fs::path& place) {
    checked(::mount(type, place.c_str(), type, MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr),
            "cannot mount " + place.string());
}

// What is mounted there now may not be a mount point at all, as in a container; then there is nothing to take away.
void unmount(const fs::path& place) { ::umount2(place.c_str(), MNT_DETACH); }

void bind(const fs::path& source, const fs::path& place) {
    checked(::mount(source.c_str(), place.c_str(), nullptr, MS_BIND | MS_REC, nullptr),
            "cannot mount " + source.string() + " on " + place.string());
}

} // namespace

void lay_out(const fs::path& root) {
    for (const auto& own : own_folders) {
        if (!fs::is_directory(own.place))
            throw Error(Fault::unavailable,
                        std::string("libvirt is not installed here: there is no ") + own.place);
        fs::create_directory(root / own.name);
        if (!own.same_folders) continue;
        for (const auto& entry : fs::directory_iterator(own.place))
            imitate(entry.path(), root / own.name / entry.path().filename());
    }
    // libvirt makes it with the first dnsmasq, and needs it for guests on a network that has none, too.
    fs::create_directory(root / "lib/dnsmasq");
    write_settings(root / "etc");
    for (const auto* folder : {"lock", "dbus"}) fs::create_directory(root / "run" / folder);
}

void enter_view(const fs::path& root, const std::vector<fs::path>& shared, bool kvm, const Cgroups& cgroups) {
    checked(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr),
            "cannot part from the mounts outside");

    // Held open, since our own folders may cover them in a moment.
    std::vector<Descriptor> held;
    held.reserve(shared.size());
    for (const auto& folder : shared)
        held.emplace_back(checked(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                                  "cannot share " + folder.string()));

    mount_fresh("proc", "/proc");
    mount_dev(root / "dev", kvm);
    unmount("/sys");
    mount_fresh("sysfs", "/sys");
    cgroups.mount();
    for (const auto& own : own_folders) bind(root / own.name, own.place);

    for (std::size_t index = 0; index < shared.size(); ++index) {
        fs::create_directories(shared[index]);
        bind("/proc/self/fd/" + std::to_string(held[index].get()), shared[index]);
    }
}

} // namespace private_host
