#pragma once
// The same work by libvirt's C API alone: what the agent is held against.

#include "agent/base/handle.hh"

#include <libvirt/libvirt.h>
#include <string>
#include <vector>

namespace bench {

class Direct {
public:
    Direct();

    // Defines `count` small machines named bench-N; forgets them.
    void define_many(int count);
    void forget_many();

    // What a naive GET of a list does: list, then XML and info of each.
    std::size_t list_with_details();

    // Clone of a volume, host entry, definition, start; and the way back.
    void create(const std::string& backing_path);
    void destroy();

private:
    void update_host_entry(unsigned command);

    Handle<virConnect, virConnectClose> connection_;
    std::vector<std::string> defined_;
};

} // namespace bench
