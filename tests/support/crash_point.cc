// The crash points of programs under test: see agent/base/crash_point.hh.
//   OCCI_AGENT_CRASH_AT    NAME or NAME#N: the program kills itself when it passes that point (for the N-th time)
//   OCCI_AGENT_CRASH_LIST  a file to which the name of each point is added as it is passed
#include "agent/base/crash_point.hh"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace {

std::string setting(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

} // namespace

void crash_point(const std::string& name) noexcept {
    static const std::string wanted = setting("OCCI_AGENT_CRASH_AT"), list = setting("OCCI_AGENT_CRASH_LIST");
    static std::atomic<int> passed = 0;
    if (!list.empty()) {
        const int file = ::open(list.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        const auto line = name + "\n";
        if (file >= 0) {
            const auto written = ::write(file, line.data(), line.size());
            static_cast<void>(written);
            ::close(file);
        }
    }
    if (wanted.empty()) return;
    const auto hash = wanted.find('#');
    if (name != wanted.substr(0, hash)) return;
    const int which = hash == wanted.npos ? 1 : std::atoi(wanted.c_str() + hash + 1);
    if (++passed == which) ::raise(SIGKILL);
}
