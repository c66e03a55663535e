#include "agent/fetch/resolve.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"

#include <algorithm>
#include <netdb.h>
#include <sys/socket.h>

namespace fetch {
namespace {

constexpr std::size_t most_addresses = 16;

// On a thread of its own: the system's resolver knows no deadline that is ours.
std::vector<Ip> look_up(const std::string& host) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* raw = nullptr;
    const int failed = ::getaddrinfo(host.c_str(), nullptr, &wanted, &raw);
    const Handle<addrinfo, ::freeaddrinfo> found(raw);
    if (failed != 0) throw Error(Fault::unavailable, ::gai_strerror(failed));
    std::vector<Ip> all;
    for (const auto* each = found.get(); each && all.size() < most_addresses; each = each->ai_next)
        if (const auto address = Ip::of(each->ai_addr)) all.push_back(*address);
    return all;
}

std::vector<Ip> addresses_of(const Url& url, const Policy& policy, PatientCaller& caller,
                             std::chrono::milliseconds deadline, const std::stop_token& stop) {
    if (const auto literal = Ip::parse(url.host)) return {*literal};
    try {
        if (policy.resolver) return policy.resolver(url.host);
        return caller.call(
            "looking up " + url.host,
            [&](PatientCaller::Waited waited) { return waited < deadline && !stop.stop_requested(); },
            [host = url.host] { return look_up(host); });
    } catch (const Error& failure) {
        throw Error(Fault::unavailable, url.shown() + ": the host is not found: " + failure.what());
    }
}

} // namespace

std::vector<Ip> admitted_addresses(const Url& url, const Policy& policy, PatientCaller& caller,
                                   std::chrono::milliseconds deadline, const std::stop_token& stop) {
    const auto all = addresses_of(url, policy, caller, deadline, stop);
    if (all.empty()) throw Error(Fault::unavailable, url.shown() + ": the host has no address");
    std::vector<Ip> admitted;
    std::ranges::copy_if(all, std::back_inserter(admitted),
                         [&](const auto& address) { return policy.admits(address); });
    if (admitted.empty())
        throw Error(Fault::forbidden,
                    url.shown() + ": the address " + all.front().text() + " is not public, and not allowed");
    return admitted;
}

} // namespace fetch
