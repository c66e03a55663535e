#include "tests/support/client.hh"

#include "agent/base/handle.hh"
#include "agent/base/text.hh"

#include <arpa/inet.h>
#include <chrono>
#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>

namespace support {
namespace {

Descriptor connect_to(unsigned port) {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{30, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
    return socket;
}

// A server that refuses a large body early may close before all is sent: then its answer is still there to be read.
void write_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

Answer parse_head(std::string_view head) {
    Answer answer;
    const auto lines = text::split(head, '\n');
    if (lines.front().size() < 12) throw std::runtime_error("no status line: " + lines.front());
    answer.status = std::stoi(lines.front().substr(9, 3));
    for (std::size_t index = 1; index < lines.size(); ++index) {
        const auto colon = lines[index].find(':');
        if (colon == std::string::npos) continue;
        auto& header = answer.headers[text::lower(lines[index].substr(0, colon))];
        header += (header.empty() ? "" : ", ") + std::string(text::trim(lines[index].substr(colon + 1)));
    }
    return answer;
}

} // namespace

std::string Answer::header(const std::string& name) const {
    const auto found = headers.find(text::lower(name));
    return found == headers.end() ? "" : found->second;
}

std::string Answer::id() const { return std::string(text::last_segment(header("Location"))); }

// Until there is something to receive, or the end of it; false when it has been waited for in vain.
bool Client::wait(int socket) const {
    using Clock = std::chrono::steady_clock;
    constexpr auto patience = std::chrono::seconds(30);
    constexpr int between_looks = 100; // ms
    const auto until = Clock::now() + patience;
    pollfd waiter{socket, POLLIN, 0};
    while (Clock::now() < until) {
        if (::poll(&waiter, 1, between_looks) == 1) return true;
        if (is_there_ && !is_there_()) return false;
    }
    return false;
}

Answer Client::raw(const std::string& bytes, bool head) const {
    const auto socket = connect_to(port_);
    write_all(socket.get(), bytes);
    std::string seen;
    char chunk[16384];
    for (;;) {
        if (const auto end = seen.find("\r\n\r\n"); end != std::string::npos) {
            auto answer = parse_head(seen.substr(0, end));
            const auto length = text::to_number(answer.header("Content-Length")).value_or(0);
            const bool bodiless = head || answer.status == 204 || answer.status == 304;
            if (bodiless || seen.size() - end - 4 >= length) {
                if (!bodiless) answer.body = seen.substr(end + 4, length);
                return answer;
            }
        }
        const auto got = wait(socket.get()) ? ::recv(socket.get(), chunk, sizeof chunk, 0) : 0;
        if (got <= 0) throw std::runtime_error("no whole answer; so far: " + text::printable(seen, 200));
        seen.append(chunk, static_cast<std::size_t>(got));
    }
}

Answer Client::send(const std::string& method, const std::string& target, std::string_view body,
                    const Headers& headers) const {
    std::string request = method + " " + target + " HTTP/1.1\r\nConnection: close\r\n";
    bool with_host = false;
    for (const auto& [name, value] : headers) {
        request += name + ": " + value + "\r\n";
        with_host = with_host || text::same(name, "Host");
    }
    if (!with_host) request += "Host: 127.0.0.1:" + std::to_string(port_) + "\r\n";
    if (!body.empty() || method == "POST" || method == "PUT")
        request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    request += "\r\n";
    request += body;
    return raw(request, method == "HEAD");
}

} // namespace support
