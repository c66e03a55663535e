#include "tests/private-host/sockets.hh"

#include "agent/base/text.hh"
#include "tests/private-host/system_call.hh"

#include <cstdlib>
#include <fcntl.h>
#include <string_view>

namespace private_host {
namespace {

constexpr int first = 3; // SD_LISTEN_FDS_START
constexpr auto most = 64;

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

} // namespace

Sockets::Sockets(const std::vector<std::string>& addresses) {
    if (variable("LISTEN_PID") == std::to_string(::getpid())) {
        given_ = static_cast<int>(text::to_number(variable("LISTEN_FDS"), most).value_or(0));
        given_names_ = variable("LISTEN_FDNAMES");
    }
    for (const auto& address : addresses) ours_.push_back(http::listen(http::parse_endpoint(address)));
}

void Sockets::hand_over() const {
    for (const auto* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
    const int count = given_ + static_cast<int>(ours_.size());
    if (count == 0) return;

    // Out of the way first: one of them may stand where another one has to go.
    std::vector<Descriptor> lifted;
    lifted.reserve(ours_.size());
    for (const auto& listener : ours_)
        lifted.emplace_back(
            checked(::fcntl(listener.socket.get(), F_DUPFD_CLOEXEC, first + count), "cannot keep a socket"));
    auto names = given_ > 0 && given_names_.empty() ? "unknown" : given_names_;
    for (int at = first + given_; const auto& socket : lifted) {
        checked(::dup2(socket.get(), at++), "cannot hand a socket over");
        names += names.empty() ? "private-host" : ":private-host";
    }
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(count).c_str(), 1);
    if (given_ <= 1 || !given_names_.empty()) ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
}

} // namespace private_host
