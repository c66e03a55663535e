#pragma once
// What libvirt's events mean to us: tables, in the words of drivers/contract and in the phrases of state.cc.
//
// Threads: values.

#include "drivers/contract/machine.hh"

#include <optional>
#include <string>
#include <string_view>

namespace hv::libvirt {

struct Happening {
    std::string_view what; // Change::what
    std::string_view detail;
    std::optional<MachineState> state; // that it led to, when it leads to one
};

// A life cycle event of a domain with its detail; nullopt when the table has no row for it (of a newer libvirt).
std::optional<Happening> happening_of(int event, int detail) noexcept;
// The same, with the word for the event alone when there is no row.
Happening closest_happening(int event, int detail) noexcept;

// What a watchdog that fired did; "" when this is not known.
std::string_view watchdog_action(int action) noexcept;

// libvirt's word for why a disk failed ("enospc") as a phrase of ours.
std::string disk_trouble(std::string_view reason);

// The device that libvirt calls so, as the owner knows it: "vdb" for "virtio-disk1" and for our own "ua-disk-vdb"; any
// other alias as it is.
std::string device_name(std::string_view alias);

} // namespace hv::libvirt
