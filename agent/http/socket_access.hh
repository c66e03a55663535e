#pragma once
// Who may connect to a unix socket: the mode, owner and group of its file.
//
// Threads: any; reads the databases of users and groups, which may be slow on some hosts.

#include <optional>
#include <string>
#include <sys/types.h>

namespace http {

struct SocketAccess {
    mode_t mode = 0660;
    std::string owner, group; // names or numbers; empty: as the process makes it
    bool operator==(const SocketAccess&) const = default;
};

// The user or group of the access that this host does not know, as a sentence; nullopt when it knows them.
std::optional<std::string> fault_of(const SocketAccess&);

// Gives the file at `path` its mode, owner and group. Throws Error{unavailable} when that is not allowed or they are
// unknown.
void apply(const SocketAccess&, const std::string& path);

} // namespace http
