#pragma once
// The verbs that may reach a guest's monitor, as one table: how long each is waited for, how long it takes as a rule,
// and what does not stop it.
//
// Threads: values.

#include <chrono>
#include <string>
#include <string_view>

namespace hv::libvirt {

struct Verb {
    std::string_view name;   // for the second caller: "compute 6695eb01: 'suspend' has not returned for 31 s"
    std::string_view phrase; // begins its own sentences: "press the power button of compute 6695eb01: ..."
    std::chrono::milliseconds deadline;
    std::chrono::milliseconds usual = std::chrono::seconds(1); // what takes longer is taken for stuck
    bool beside_others = false; // not refused while another verb on the same domain is pending
    bool urgent =
        false; // has seats of its own; not refused because the guest is stuck, or because others are

    std::string on(std::string_view id) const { return std::string(phrase).append(" compute ").append(id); }
};

namespace verbs {

using namespace std::chrono_literals;

inline constexpr Verb define{"define", "define", 30s, 5s};
inline constexpr Verb start{"start", "start", 30s, 15s};
inline constexpr Verb press_power_button{"power button", "press the power button of", 30s};
// Of a frozen guest it takes libvirt 10.2 s and more: it tries SIGTERM before SIGKILL.
inline constexpr Verb power_off{"power off", "power off", 25s, 1s, true, true};
inline constexpr Verb pause{"suspend", "suspend", 30s};
inline constexpr Verb save{"save", "save", 600s, 600s}; // writes all of its memory to a disk
inline constexpr Verb discard{"discard", "discard the saved memory of", 30s};
inline constexpr Verb restart{"restart", "restart", 30s};
inline constexpr Verb revise{"revise", "change", 60s,
                             15s}; // a guest has 5 s for each processor that it is to let go
inline constexpr Verb grow{"grow", "grow a disk of", 30s, 5s};
inline constexpr Verb attach{"attach", "attach a disk to", 30s, 5s};
inline constexpr Verb detach{"detach", "detach a disk from", 30s, 5s};
inline constexpr Verb attach_nic{"attach NIC", "attach a NIC to", 30s, 5s};
inline constexpr Verb detach_nic{"detach NIC", "detach a NIC from", 30s, 5s};
inline constexpr Verb set_link{"set link", "set the links of", 30s};
inline constexpr Verb copy_disk{"copy disk", "copy a disk of", 30s, 5s}; // each call on the way
inline constexpr Verb remove{"remove", "remove", 30s, 1s, false, true};

} // namespace verbs
} // namespace hv::libvirt
