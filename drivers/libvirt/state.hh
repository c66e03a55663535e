#pragma once
// What libvirt's states and their reasons mean to us: one table.
//
// Threads: values.

#include "drivers/contract/machine.hh"

#include <string_view>

namespace hv::libvirt {

struct Meaning {
    MachineState state = MachineState::unknown;
    std::string_view reason; // one phrase, or empty
};

// `state` and `reason` as virDomainGetState gives them; `has_saved_memory` as virDomainHasManagedSaveImage
// does. A reason that this table does not know (of a newer libvirt) falls back to the state alone, an unknown
// state to `unknown`.
Meaning meaning_of(int state, int reason, bool has_saved_memory) noexcept;

// Whether the table has a row for just this pair.
bool is_known(int state, int reason) noexcept;

} // namespace hv::libvirt
