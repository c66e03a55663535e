#pragma once
// The same work by libvirt's C API alone: what the agent is held against. Each has a connection of its own.
//
// Threads: one at a time for each.

#include "agent/base/handle.hh"

#include <libvirt/libvirt.h>
#include <string>

namespace bench {

class Direct {
public:
    Direct();

    // Defines small machines named bench-N, from `first` on, until there are `count`; forgets them.
    void define_many(int count, int first = 0);
    void forget_many(int count);

    int count_domains();
    // What a naive GET of a list does: list, then XML and info of each.
    std::size_t list_with_details();

    bool is_off(const std::string& domain);
    void start(const std::string& domain);
    void force_off(const std::string& domain);

private:
    friend class Twin;
    Handle<virConnect, virConnectClose> connection_;
};

// A machine just like one that the agent made: its document with other ids, its volume, its NIC's host entry.
class Twin {
public:
    // `number` tells twins apart, 1 to 99. What it needs to know of the machine is asked here.
    Twin(Direct&, const std::string& compute, unsigned number);

    const std::string& name() const noexcept { return name_; }
    // Clone of the volume, host entry when there is a NIC, definition, start; and the way back.
    void create();
    void destroy();

private:
    void update_host_entry(unsigned command);

    Direct& direct_;
    std::string name_, document_, volume_xml_, volume_;
    std::string network_, host_entry_; // empty: no NIC
};

} // namespace bench
