#define FUSE_USE_VERSION 31
#include "tests/live/hung_disk.hh"

#include "tests/support/eventually.hh"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <stdexcept>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

// Every call is passed on to the folder behind it.
namespace {

std::string behind_it; // of the process that serves it

std::string real(const char* path) { return behind_it + path; }
int answer(long result) noexcept { return result < 0 ? -errno : static_cast<int>(result); }
int file_of(const fuse_file_info* info) noexcept { return static_cast<int>(info->fh); }

int open_with(const char* path, int flags, mode_t mode, fuse_file_info* info) {
    const int file = ::open(real(path).c_str(), flags, mode);
    if (file < 0) return -errno;
    info->fh = static_cast<std::uint64_t>(file);
    return 0;
}

int do_getattr(const char* path, struct stat* seen, fuse_file_info*) {
    return answer(::lstat(real(path).c_str(), seen));
}
int do_readdir(const char* path, void* out, fuse_fill_dir_t fill, off_t, fuse_file_info*,
               fuse_readdir_flags) {
    auto* folder = ::opendir(real(path).c_str());
    if (!folder) return -errno;
    while (const auto* entry = ::readdir(folder)) fill(out, entry->d_name, nullptr, 0, fuse_fill_dir_flags());
    ::closedir(folder);
    return 0;
}
// By a path of its own each time, whoever opened it.
int do_open(const char* path, fuse_file_info* info) {
    return open_with(path, (info->flags & ~(O_DIRECT | O_NOFOLLOW)) | O_CLOEXEC, 0, info);
}
int do_create(const char* path, mode_t mode, fuse_file_info* info) {
    const int failed =
        open_with(path, (info->flags & ~(O_DIRECT | O_NOFOLLOW)) | O_CREAT | O_CLOEXEC, mode, info);
    const auto* asker = fuse_get_context();
    if (failed == 0 && ::fchown(file_of(info), asker->uid, asker->gid) != 0) return -errno;
    return failed;
}
int do_read(const char*, char* out, std::size_t size, off_t from, fuse_file_info* info) {
    return answer(::pread(file_of(info), out, size, from));
}
int do_write(const char*, const char* bytes, std::size_t size, off_t to, fuse_file_info* info) {
    return answer(::pwrite(file_of(info), bytes, size, to));
}
int do_truncate(const char* path, off_t size, fuse_file_info*) {
    return answer(::truncate(real(path).c_str(), size));
}
int do_fallocate(const char*, int mode, off_t from, off_t size, fuse_file_info* info) {
    return answer(::fallocate(file_of(info), mode, from, size));
}
off_t do_lseek(const char*, off_t to, int whence, fuse_file_info* info) {
    const auto at = ::lseek(file_of(info), to, whence);
    return at < 0 ? -errno : at;
}
int do_fsync(const char*, int, fuse_file_info* info) { return answer(::fsync(file_of(info))); }
int do_release(const char*, fuse_file_info* info) { return answer(::close(file_of(info))); }
int do_unlink(const char* path) { return answer(::unlink(real(path).c_str())); }
int do_mkdir(const char* path, mode_t mode) { return answer(::mkdir(real(path).c_str(), mode)); }
int do_rmdir(const char* path) { return answer(::rmdir(real(path).c_str())); }
int do_link(const char* from, const char* to) { return answer(::link(real(from).c_str(), real(to).c_str())); }
int do_rename(const char* from, const char* to, unsigned flags) {
    return answer(::renameat2(AT_FDCWD, real(from).c_str(), AT_FDCWD, real(to).c_str(), flags));
}
int do_chmod(const char* path, mode_t mode, fuse_file_info*) {
    return answer(::chmod(real(path).c_str(), mode));
}
int do_chown(const char* path, uid_t user, gid_t group, fuse_file_info*) {
    return answer(::lchown(real(path).c_str(), user, group));
}
int do_utimens(const char* path, const timespec times[2], fuse_file_info*) {
    return answer(::utimensat(AT_FDCWD, real(path).c_str(), times, AT_SYMLINK_NOFOLLOW));
}
int do_statfs(const char* path, struct statvfs* seen) { return answer(::statvfs(real(path).c_str(), seen)); }

int serve(const std::string& folder, const std::string& behind) {
    behind_it = behind;
    fuse_operations calls{};
    calls.getattr = do_getattr;
    calls.readdir = do_readdir;
    calls.open = do_open;
    calls.create = do_create;
    calls.read = do_read;
    calls.write = do_write;
    calls.truncate = do_truncate;
    calls.fallocate = do_fallocate;
    calls.lseek = do_lseek;
    calls.fsync = do_fsync;
    calls.release = do_release;
    calls.unlink = do_unlink;
    calls.mkdir = do_mkdir;
    calls.rmdir = do_rmdir;
    calls.link = do_link;
    calls.rename = do_rename;
    calls.chmod = do_chmod;
    calls.chown = do_chown;
    calls.utimens = do_utimens;
    calls.statfs = do_statfs;
    std::string name = "hung-disk", option = "-o",
                how = "allow_other,default_permissions,attr_timeout=0,entry_timeout=0";
    std::array<char*, 3> words{name.data(), option.data(), how.data()};
    fuse_args arguments = FUSE_ARGS_INIT(static_cast<int>(words.size()), words.data());
    auto* disk = fuse_new(&arguments, &calls, sizeof calls, nullptr);
    if (!disk || fuse_mount(disk, folder.c_str()) != 0) return 1;
    const int result = fuse_loop(disk);
    fuse_unmount(disk);
    return result;
}

dev_t device_of(const std::filesystem::path& folder) {
    struct stat seen {};
    return ::stat(folder.c_str(), &seen) == 0 ? seen.st_dev : dev_t();
}

} // namespace

namespace live {

bool HungDisk::is_possible() { return ::access("/dev/fuse", R_OK | W_OK) == 0; }

HungDisk::HungDisk(std::filesystem::path folder, const std::filesystem::path& behind)
    : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    std::filesystem::create_directories(behind);
    std::filesystem::permissions(behind, static_cast<std::filesystem::perms>(0711));
    const auto before = device_of(folder_);
    server_ = ::fork();
    if (server_ < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
    if (server_ == 0) ::_exit(serve(folder_, behind));
    const bool mounted = support::eventually([&] { return device_of(folder_) != before; });
    if (!mounted) throw std::runtime_error("mount a file system in user space on " + folder_.string());
}

HungDisk::~HungDisk() {
    go_on();
    ::umount2(folder_.c_str(), MNT_DETACH);
    ::kill(server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
}

void HungDisk::hang() { frozen_.emplace(server_); }
void HungDisk::go_on() noexcept { frozen_.reset(); }

} // namespace live
