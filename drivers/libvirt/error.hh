#pragma once
// What libvirt says went wrong, as our one exception. libvirt keeps the last error for each thread: ask on
// the thread of the failed call, before the next call.
//
// Threads: any.

#include "agent/base/error.hh"

#include <libvirt/virterror.h>
#include <string>

namespace hv::libvirt {

// The last error of this thread as an Error whose fault fits: VIR_ERR_NO_DOMAIN etc. -> not_found,
// OPERATION_INVALID and "exists" -> conflict, NO_SUPPORT and such -> unsupported, connection broken ->
// unavailable, time-outs and locks -> busy, no space left -> unavailable and said so, else internal. `doing`
// begins the sentence: "start compute 6695eb01". Call directly after the failed call.
[[nodiscard]] Error last_error(const std::string& doing);

// The code of the last error of this thread (VIR_ERR_OK when there is none), for callers to whom one of them
// is an answer.
int last_code() noexcept;

// What kind of fault an error is. Pure.
Fault fault_of(const virError&) noexcept;

// Its message on one line, without white space around it, of bounded length. Pure.
std::string sentence_of(const virError&);

} // namespace hv::libvirt
