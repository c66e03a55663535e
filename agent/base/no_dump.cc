#include "agent/base/no_dump.hh"

#include "agent/base/log.hh"

#include <sys/prctl.h>
#include <sys/resource.h>

void forbid_dumps() noexcept {
    const rlimit none{0, 0};
    const bool no_core = ::setrlimit(RLIMIT_CORE, &none) == 0;
    const bool hidden = ::prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == 0;
    if (!no_core || !hidden)
        logging::write(logging::Level::warning, "the memory of this process may end up in a core dump");
}
