// The crash points of programs under test:
//   OCCI_AGENT_CRASH_AT    NAME or NAME#N: the program kills itself when it passes that point (for the N-th time)
//   OCCI_AGENT_STOP_AT     NAME: it stops itself when it passes that point for the first time, as by SIGSTOP
//   OCCI_AGENT_CRASH_LIST  a file to which the name of each point is added as it is passed
#include "tests/support/crash_point.hh"

#include "agent/base/crash_point.hh"
#include "agent/base/guarded.hh"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace support {
namespace {

using Hook = std::function<void(const std::string&)>;

Guarded<Hook>& hook() {
    static Guarded<Hook> only;
    return only;
}

std::string setting(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

// One write, so that the names of threads, and of runs, do not mix.
void add_line(const std::string& path, const std::string& name) {
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return;
    const auto line = name + "\n";
    const auto written = ::write(file, line.data(), line.size());
    static_cast<void>(written);
    ::close(file);
}

void die_if_wanted(const std::string& name) {
    static const std::string wanted = setting("OCCI_AGENT_CRASH_AT");
    static std::atomic<int> passed = 0;
    const auto hash = wanted.find('#');
    if (wanted.empty() || name != wanted.substr(0, hash)) return;
    const int which = hash == wanted.npos ? 1 : std::atoi(wanted.c_str() + hash + 1);
    if (++passed == which) ::raise(SIGKILL);
}

void stop_if_wanted(const std::string& name) {
    static const std::string wanted = setting("OCCI_AGENT_STOP_AT");
    static std::atomic<bool> passed = false;
    if (!wanted.empty() && name == wanted && !passed.exchange(true)) ::raise(SIGSTOP);
}

} // namespace

void at_crash_points(Hook called) {
    hook().with([&](Hook& now) { now.swap(called); });
}

} // namespace support

void crash_point(const std::string& name) noexcept {
    static const std::string list = support::setting("OCCI_AGENT_CRASH_LIST");
    if (!list.empty()) support::add_line(list, name);
    if (const auto called = support::hook().with([](const auto& now) { return now; })) called(name);
    support::stop_if_wanted(name);
    support::die_if_wanted(name);
}
