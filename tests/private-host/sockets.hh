#pragma once
// Listening sockets that the command inherits by the protocol of sd_listen_fds(3): those that we were given, then ours.
//
// Threads: one. The sockets are closed in every process but the command's.

#include "agent/http/listener.hh"

#include <string>
#include <vector>

namespace private_host {

class Sockets {
public:
    // Throws Error that names the address when one cannot be had.
    explicit Sockets(const std::vector<std::string>& addresses);

    // Called in the process that becomes the command, last before exec: the sockets stand at 3, 4, ... and LISTEN_PID,
    // LISTEN_FDS and LISTEN_FDNAMES say so. Without sockets these variables are taken away.
    void hand_over() const;

private:
    int given_ = 0; // at 3, 4, ... since we were started
    std::string given_names_;
    std::vector<http::Listener> ours_;
};

} // namespace private_host
