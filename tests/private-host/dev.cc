#include "tests/private-host/dev.hh"

#include "tests/private-host/system_call.hh"

#include <grp.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace private_host {
namespace {

namespace fs = std::filesystem;

void copy_node(const fs::path& place, const struct stat& original) {
    checked(::mknod(place.c_str(), original.st_mode, original.st_rdev), "cannot make " + place.string());
    checked(::chown(place.c_str(), original.st_uid, original.st_gid), "cannot own " + place.string());
    checked(::chmod(place.c_str(), original.st_mode & 07777), "cannot set the mode of " + place.string());
}

void copy_nodes(const fs::path& from, const fs::path& to) {
    for (const auto& entry : fs::directory_iterator(from)) {
        const auto place = to / entry.path().filename();
        struct stat status {};
        if (entry.path() == "/dev/kvm" || ::lstat(entry.path().c_str(), &status) != 0) continue;
        if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
            copy_node(place, status);
        else if (S_ISLNK(status.st_mode))
            fs::create_symlink(fs::read_symlink(entry.path()), place);
        else if (S_ISDIR(status.st_mode)) {
            fs::create_directory(place);
            if (entry.path() != "/dev/pts" && entry.path() != "/dev/shm") copy_nodes(entry.path(), place);
        }
    }
}

void show_kvm(const fs::path& place) {
    struct stat status {};
    checked(::stat("/dev/kvm", &status), "--kvm: cannot see /dev/kvm");
    status.st_mode = S_IFCHR | 0660;
    if (const auto* group = ::getgrnam("kvm")) status.st_gid = group->gr_gid;
    copy_node(place, status);
}

} // namespace

void mount_dev(const fs::path& stage, bool kvm) {
    fs::create_directory(stage);
    checked(::mount("dev", stage.c_str(), "tmpfs", MS_NOSUID, "mode=755"), "cannot mount a /dev");
    copy_nodes("/dev", stage);
    if (kvm) show_kvm(stage / "kvm");
    fs::create_directory(stage / "pts");
    fs::create_directory(stage / "shm");
    // The same terminals as outside, so that the command keeps its own.
    checked(::mount("/dev/pts", (stage / "pts").c_str(), nullptr, MS_BIND, nullptr), "cannot mount /dev/pts");
    checked(::mount("shm", (stage / "shm").c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"),
            "cannot mount /dev/shm");
    // The old one goes away wholly: libvirt looks at everything that is mounted below /dev. In a container it may be no
    // mount.
    ::umount2("/dev", MNT_DETACH);
    checked(::mount(stage.c_str(), "/dev", nullptr, MS_MOVE, nullptr), "cannot move the new /dev into place");
}

} // namespace private_host
