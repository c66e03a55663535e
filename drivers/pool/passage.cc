#include "drivers/pool/passage.hh"

#include <array>
#include <cstdint>
#include <endian.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace hv::pool {
namespace {

// As the kernel takes it: little-endian, in this order.
struct AccessList {
    posix_acl_xattr_header head;
    std::array<posix_acl_xattr_entry, 5> entries;
};

posix_acl_xattr_entry entry(unsigned tag, unsigned permissions, std::uint32_t id = UINT32_MAX) noexcept {
    return {htole16(static_cast<std::uint16_t>(tag)), htole16(static_cast<std::uint16_t>(permissions)),
            htole32(id)};
}

} // namespace

bool let_only_pass(const std::filesystem::path& folder, uid_t user) noexcept {
    constexpr mode_t as_made = S_IRWXU | S_IXGRP; // with or without passage for others
    struct stat is {};
    if (::stat(folder.c_str(), &is) != 0 || is.st_uid != ::geteuid()) return false;
    if ((is.st_mode & ACCESSPERMS & ~S_IXOTH) != as_made) return false;
    const AccessList list{{htole32(POSIX_ACL_XATTR_VERSION)},
                          {entry(ACL_USER_OBJ, ACL_READ | ACL_WRITE | ACL_EXECUTE),
                           entry(ACL_USER, ACL_EXECUTE, user), entry(ACL_GROUP_OBJ, 0),
                           entry(ACL_MASK, ACL_EXECUTE), entry(ACL_OTHER, 0)}};
    return ::setxattr(folder.c_str(), "system.posix_acl_access", &list, sizeof list, 0) == 0;
}

} // namespace hv::pool
