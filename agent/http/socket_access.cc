#include "agent/http/socket_access.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <grp.h>
#include <limits>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace http {
namespace {

constexpr std::size_t most_memory = 1 << 20; // of one entry: a group may have many members

// What getpwnam_r(3) or getgrnam_r(3) says of `name`, with as much memory as it wants.
template <class Entry, class Look> std::optional<Entry> look_up(const std::string& name, Look look) {
    for (std::size_t size = 1024; size <= most_memory; size *= 4) {
        std::vector<char> memory(size);
        Entry entry{};
        Entry* found = nullptr;
        const int fault = look(name.c_str(), &entry, memory.data(), memory.size(), &found);
        if (fault != ERANGE) return found ? std::optional(entry) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> number_in(const std::string& name) {
    return text::to_number(name, std::numeric_limits<std::uint32_t>::max() - 1);
}

std::optional<uid_t> user_id(const std::string& name) {
    if (const auto number = number_in(name)) return static_cast<uid_t>(*number);
    const auto entry = look_up<passwd>(name, ::getpwnam_r);
    return entry ? std::optional(entry->pw_uid) : std::nullopt;
}

std::optional<gid_t> group_id(const std::string& name) {
    if (const auto number = number_in(name)) return static_cast<gid_t>(*number);
    const auto entry = look_up<group>(name, ::getgrnam_r);
    return entry ? std::optional(entry->gr_gid) : std::nullopt;
}

[[noreturn]] void fail(const std::string& path, const std::string& why) {
    throw Error(Fault::unavailable, fmt::format("cannot listen on unix:{}: {}", path, why));
}

} // namespace

std::optional<std::string> fault_of(const SocketAccess& access) {
    if (!access.owner.empty() && !user_id(access.owner))
        return fmt::format("this host has no user \"{}\"", text::printable(access.owner));
    if (!access.group.empty() && !group_id(access.group))
        return fmt::format("this host has no group \"{}\"", text::printable(access.group));
    return std::nullopt;
}

void apply(const SocketAccess& access, const std::string& path) {
    constexpr auto as_it_is = static_cast<uid_t>(-1);
    if (const auto fault = fault_of(access)) fail(path, *fault);
    const auto owner = access.owner.empty() ? as_it_is : user_id(access.owner).value_or(as_it_is);
    const auto group = access.group.empty() ? as_it_is : group_id(access.group).value_or(as_it_is);
    // The owner first: chown(2) may take bits off the mode.
    if (::chown(path.c_str(), owner, group) != 0 || ::chmod(path.c_str(), access.mode) != 0)
        fail(path, text::lower(std::strerror(errno)));
}

} // namespace http
