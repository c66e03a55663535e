#pragma once
// Who is at the other end of a unix socket, as the kernel says it (SO_PEERCRED). A table says which users and groups
// of this host may do what: "group:lab operator lab" (whose, role, and the group that they are of). Without a table
// everybody who may open the socket is `local`, an administrator.
//
// Threads: any; the databases of users and groups may be slow, and are asked on a thread of its own.

#include "agent/auth/way.hh"
#include "agent/base/crew.hh"

#include <cstdint>
#include <string>
#include <vector>

namespace auth {

struct SocketRule {
    bool is_group = false;
    unsigned id = 0;
    Role role = Role::user;
    std::string group{};
};
// Error{invalid}: what is wrong with it, such as a user whom this host does not know.
SocketRule read_socket_rule(const std::string& text);

class Sockets : public Way {
public:
    // Throws what read_socket_rule throws.
    explicit Sockets(const std::vector<std::string>& rules);

    bool is_tried(const Shown& shown) const noexcept override { return shown.process != nullptr; }
    std::optional<Verdict> judge(const Shown&, Told) override;
    std::string challenge(bool) const override { return {}; }

private:
    std::vector<SocketRule> rules_;
    Crew crew_;
};

} // namespace auth
