#include "tests/wire/stream.hh"

#include "agent/base/handle.hh"
#include "agent/http/address.hh"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <sys/socket.h>

namespace wire {
namespace {

class SocketStream : public Stream {
public:
    explicit SocketStream(const http::Endpoint& endpoint) {
        const auto address = http::Address::of(endpoint).value();
        socket_ = Descriptor(::socket(address.raw()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (!socket_ || ::connect(socket_.get(), address.raw(), address.size()) != 0 ||
            ::fcntl(socket_.get(), F_SETFL, O_NONBLOCK) != 0)
            throw std::runtime_error("cannot connect to " + endpoint.text());
    }

    int descriptor() const override { return socket_.get(); }

    State send(std::string_view& bytes) override {
        const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) return errno == EAGAIN || errno == EINTR ? State::good : State::gone;
        bytes.remove_prefix(static_cast<std::size_t>(count));
        return State::good;
    }

    State receive(std::string& to) override {
        std::array<char, 16'384> bytes;
        const auto count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
        if (count < 0) return errno == EAGAIN || errno == EINTR ? State::good : State::gone;
        to.append(bytes.data(), static_cast<std::size_t>(count));
        return count == 0 ? State::ended : State::good;
    }

    void end_sending() override { ::shutdown(socket_.get(), SHUT_WR); }

private:
    Descriptor socket_;
};

} // namespace

std::unique_ptr<Stream> connect_tcp(unsigned port) {
    return std::make_unique<SocketStream>(
        http::Endpoint{http::Endpoint::Family::ipv4, "127.0.0.1", port, true});
}

std::unique_ptr<Stream> connect_unix(const std::filesystem::path& path) {
    return std::make_unique<SocketStream>(
        http::Endpoint{http::Endpoint::Family::unix_path, path.string(), 0, true});
}

} // namespace wire
