#pragma once
// A client for the tests of the server: raw bytes over a real socket, answers taken apart just as far as the tests
// look.
//
// Threads: one owner. Every wait ends after `patience`, and then what has come by then is what the test sees.

#include "agent/base/handle.hh"
#include "agent/http/address.hh"
#include "agent/http/types.hh"

#include <chrono>
#include <functional>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace wire {

constexpr std::chrono::seconds patience{10};

struct Answer {
    int status = 0; // 0: none came
    std::string version;
    http::Headers headers;
    std::string body;
    std::string header(std::string_view name) const {
        return std::string(http::find(headers, name).value_or(""));
    }
};

class Peer {
public:
    virtual ~Peer() = default;
    Peer(Peer&&) = default;
    Peer& operator=(Peer&&) = default;
    // `prepare` is called with the socket before it is connected.
    explicit Peer(const http::Endpoint& endpoint, const std::function<void(int)>& prepare = nullptr) {
        const auto address = http::Address::of(endpoint).value();
        socket_ = Descriptor(::socket(address.raw()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (socket_ && prepare) prepare(socket_.get());
        if (!socket_ || ::connect(socket_.get(), address.raw(), address.size()) != 0)
            throw std::runtime_error("cannot connect to " + endpoint.text());
    }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto count = write(bytes);
            if (count <= 0) return; // the server may have closed; the test looks at what it said before
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }
    virtual void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }
    int descriptor() const { return socket_.get(); }

    // What comes until the server closes.
    std::string rest() {
        while (more()) {
        }
        return std::exchange(buffer_, {});
    }
    bool is_closed() { return rest().empty() && ended_; }

    // Waits until so many bytes are there, or the end.
    std::string_view peek(std::size_t count) {
        while (buffer_.size() < count && more()) {
        }
        return buffer_;
    }

    // The next answer. One to HEAD has no body, whatever its Content-Length says.
    Answer receive(bool to_head = false) {
        Answer answer;
        auto end = std::string::npos;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
            if (!more()) return answer;
        read_headers(std::string_view(buffer_).substr(0, end + 2), answer);
        buffer_.erase(0, end + 4);
        const auto length = answer.header("Content-Length");
        const auto size = to_head || length.empty() ? 0 : std::stoul(length);
        peek(size);
        answer.body = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return answer;
    }

    // The next chunk of an answer in pieces: empty when it is the last one, nullopt when none comes.
    std::optional<std::string> chunk() {
        auto end = std::string::npos;
        while ((end = buffer_.find("\r\n")) == std::string::npos)
            if (!more()) return std::nullopt;
        const auto size = std::stoul(buffer_.substr(0, end), nullptr, 16);
        const auto whole = end + 2 + size + 2;
        if (peek(whole).size() < whole) return std::nullopt;
        const auto bytes = buffer_.substr(end + 2, size);
        buffer_.erase(0, whole);
        return bytes;
    }

    // Whether nothing has come that was not received yet, nor the end.
    bool is_quiet() {
        pollfd waiter{socket_.get(), POLLIN, 0};
        return buffer_.empty() && ::poll(&waiter, 1, 0) == 0;
    }

    // Closes at once, with a reset.
    void vanish() {
        const linger at_once{1, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        socket_ = Descriptor();
    }

    Answer ask(std::string_view request) {
        send(request);
        return receive();
    }

protected:
    // Once, as read(2) and write(2).
    virtual ssize_t write(std::string_view bytes) {
        return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    virtual ssize_t read(char* into, std::size_t most) { return ::recv(socket_.get(), into, most, 0); }
    // Whether there is something to read without asking the kernel.
    virtual bool holds_back() { return false; }

private:
    static void read_headers(std::string_view block, Answer& answer) {
        const auto take_line = [&] {
            const auto end = block.find("\r\n");
            const auto line = block.substr(0, end);
            block.remove_prefix(end + 2);
            return line;
        };
        const auto first = take_line();
        answer.version = first.substr(0, 8);
        answer.status = std::stoi(std::string(first.substr(9, 3)));
        while (!block.empty()) {
            const auto line = take_line();
            const auto colon = line.find(": ");
            answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
        }
    }

    bool more() {
        if (ended_) return false;
        pollfd waiter{socket_.get(), POLLIN, 0};
        const auto most = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
        if (!holds_back() && ::poll(&waiter, 1, static_cast<int>(most)) != 1) return false;
        char bytes[16 * 1024];
        const auto count = read(bytes, sizeof bytes);
        ended_ = count <= 0;
        if (count > 0) buffer_.append(bytes, static_cast<std::size_t>(count));
        return count > 0;
    }

    Descriptor socket_;
    std::string buffer_;
    bool ended_ = false;
};

} // namespace wire
