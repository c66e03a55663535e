#include "tests/bench/load.hh"

#include "agent/base/handle.hh"
#include "tests/bench/measure.hh"

#include <arpa/inet.h>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int patience_ms = 30'000;

Clock::duration to_duration(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}
double to_ms(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

std::string get_of(const std::string& path, const std::string& accept = {}) {
    const auto header = accept.empty() ? "" : "Accept: " + accept + "\r\n";
    return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + header + "\r\n";
}

struct Connection {
    Descriptor socket;
    std::string seen;
    Clock::time_point asked;
};

void ask(Connection& connection, const std::string& request) {
    connection.asked = Clock::now();
    if (::send(connection.socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
        throw std::runtime_error("the load cannot send");
}

// Whether the answer is whole; it is then taken off.
bool take_answer(Connection& connection) {
    char chunk[65536];
    const auto got = ::recv(connection.socket.get(), chunk, sizeof chunk, 0);
    if (got <= 0) throw std::runtime_error("the server closed a connection under load");
    connection.seen.append(chunk, static_cast<std::size_t>(got));
    const auto end = connection.seen.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto length_at = connection.seen.find("Content-Length: ");
    if (length_at == std::string::npos || length_at > end)
        throw std::runtime_error("an answer without Content-Length");
    const auto length = std::strtoul(connection.seen.c_str() + length_at + 16, nullptr, 10);
    if (connection.seen.size() < end + 4 + length) return false;
    if (connection.seen.compare(9, 3, "200") != 0)
        throw std::runtime_error("not 200: " + connection.seen.substr(0, 80));
    connection.seen.erase(0, end + 4 + length);
    return true;
}

} // namespace

Descriptor connect(unsigned port) {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("the load cannot connect");
    return socket;
}

bool send_byte(const Descriptor& socket, char byte) {
    return ::send(socket.get(), &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

Load load(unsigned port, const std::string& path, unsigned connections, double duration,
          const std::string& accept) {
    const auto request = get_of(path, accept);
    std::vector<Connection> all;
    for (unsigned index = 0; index < connections; ++index) all.push_back({connect(port), {}, {}});
    std::vector<pollfd> waiting;
    for (auto& connection : all) {
        waiting.push_back({connection.socket.get(), POLLIN, 0});
        ask(connection, request);
    }
    std::vector<double> times;
    const auto begin = Clock::now(), end = begin + to_duration(duration);
    while (Clock::now() < end) {
        if (::poll(waiting.data(), waiting.size(), patience_ms) <= 0)
            throw std::runtime_error("the server does not answer");
        for (std::size_t index = 0; index < all.size(); ++index) {
            if (!(waiting[index].revents & (POLLIN | POLLHUP)) || !take_answer(all[index])) continue;
            times.push_back(to_ms(Clock::now() - all[index].asked));
            ask(all[index], request);
        }
    }
    const auto took = std::chrono::duration<double>(Clock::now() - begin).count();
    return {static_cast<double>(times.size()) / took, median(times), percentile(times, 0.99)};
}

std::vector<double> paced(unsigned port, const std::string& path, double per_second, double duration) {
    Connection connection{connect(port), {}, {}};
    pollfd waiting{connection.socket.get(), POLLIN, 0};
    const auto request = get_of(path);
    const auto pause = to_duration(1 / per_second);
    std::vector<double> times;
    auto due = Clock::now();
    const auto end = due + to_duration(duration);
    for (; due < end; due += pause) {
        if (Clock::now() < due) {
            std::this_thread::sleep_until(due);
            due = Clock::now();
        }
        ask(connection, request);
        do
            if (::poll(&waiting, 1, patience_ms) <= 0) throw std::runtime_error("the server does not answer");
        while (!take_answer(connection));
        times.push_back(to_ms(Clock::now() - due));
    }
    return times;
}

} // namespace bench
