#include "agent/base/process_bars.hh"

#include <array>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// Headers of Debian 12 know less than newer kernels do.
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

namespace process {
namespace {

constexpr std::uint64_t reading =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t all_of_abi_1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; // its last one
constexpr std::uint64_t connecting = 1 << 0 | 1 << 1;                          // bind and connect of TCP

// Of files that are there, and no new ones.
constexpr std::uint64_t working = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                                  LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;

// As the kernel has it since ABI 4; an older one is told a shorter size.
struct Handled {
    std::uint64_t files = 0, network = 0;
};

std::uint64_t files_handled_by(long abi) noexcept {
    return all_of_abi_1 | (abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) |
           (abi >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0);
}

void allow(int rules, const char* below, std::uint64_t access) noexcept {
    const Descriptor folder(::open(below, O_PATH | O_CLOEXEC));
    if (!folder) return; // not on this system
    landlock_path_beneath_attr rule{};
    rule.allowed_access = access;
    rule.parent_fd = folder.get();
    ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

Descriptor rules_for(const Cage& cage) {
    const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) return {};
    const Handled handled{files_handled_by(abi), abi >= 4 ? connecting : 0};
    const auto size = abi >= 4 ? sizeof handled : sizeof handled.files;
    Descriptor rules(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, size, 0)));
    if (!rules) return {};
    for (const char* folder : {"/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys"})
        allow(rules.get(), folder, reading);
    for (const char* device : {"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"})
        allow(rules.get(), device,
              (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE) & handled.files);
    allow(rules.get(), cage.folder.c_str(), working & handled.files);
    return rules;
}

bool limit(int what, std::uint64_t most) noexcept {
    const rlimit both{most, most};
    return ::setrlimit(static_cast<__rlimit_resource>(what), &both) == 0;
}

} // namespace

Bars::Bars(const Cage& cage) : most_memory_(cage.most_memory), rules_(rules_for(cage)) {}

bool Bars::close_around_me() const noexcept {
    constexpr unsigned long most_files = 256;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_NOFILE, most_files)) return false;
    if (most_memory_ != 0 && !limit(RLIMIT_AS, most_memory_)) return false;
    ::unshare(CLONE_NEWNET); // root may; under systemd's RestrictNamespaces= nobody may
    return !rules_ || ::syscall(SYS_landlock_restrict_self, rules_.get(), 0) == 0;
}

} // namespace process
