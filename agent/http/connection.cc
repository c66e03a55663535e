#include "agent/http/connection.hh"

#include "agent/http/address.hh"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace http {
namespace {

// What an idle connection may keep of its input's memory: there may be many.
constexpr std::size_t kept_capacity = 2048;

// What a client of HTTP/1.0 that sends no Host must have called us.
std::string own_name(int socket) {
    const auto address = Address::local_of(socket);
    return address.family() == Endpoint::Family::unix_path ? "localhost" : address.text();
}

} // namespace

Connection::Connection(Descriptor socket, std::string peer, std::string origin)
    : socket_(std::move(socket)), peer_(std::move(peer)), origin_(std::move(origin)) {}

Connection::Received Connection::receive(std::span<char> scratch) {
    const auto count = ::recv(socket_.get(), scratch.data(), scratch.size(), 0);
    if (count > 0) {
        input_.append(scratch.data(), static_cast<std::size_t>(count));
        return Received::some;
    }
    if (count == 0) return Received::end;
    return errno == EAGAIN || errno == EINTR ? Received::nothing : Received::broken;
}

bool Connection::transmit() {
    while (!turn_.unsent().empty()) {
        const auto rest = turn_.unsent();
        const auto count = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count >= 0)
            turn_.sent += static_cast<std::size_t>(count);
        else if (errno == EAGAIN)
            return true;
        else if (errno != EINTR)
            return false;
    }
    return true;
}

bool Connection::send_continue() {
    constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto count = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL);
    return count == static_cast<ssize_t>(line.size());
}

void Connection::end_sending() noexcept { ::shutdown(socket_.get(), SHUT_WR); }

void Connection::forget_output() noexcept {
    const linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool Connection::read_headers(const Limits& limits) {
    // RFC 9112, 2.2: an empty line before the request is passed over.
    if (looked_ == 0 && input_.starts_with("\r\n")) input_.erase(0, 2);
    if (input_ == "\r") return false;
    const auto length = find_block(input_, looked_, limits);
    if (length == 0) return false;
    turn_.block = parse_block(std::string_view(input_).substr(0, length), limits);
    input_.erase(0, length);
    ++requests_;
    auto& request = turn_.block.request;
    request.peer = peer_;
    if (request.host.empty()) request.host = own_name(socket_.get());
    return true;
}

void Connection::begin_body(const Limits& limits) {
    auto* sink = turn_.block.request.sink.get();
    const bool is_less = sink || turn_.body_limit < limits.body_bytes; // a sink has its own limit
    collector_.emplace(turn_.block.framing, is_less ? turn_.body_limit : limits.body_bytes,
                       is_less ? "" : "body_bytes", sink);
    body_seen_ = 0;
}

bool Connection::read_body() {
    std::string_view rest = input_;
    const bool whole = collector_->take(rest);
    input_.erase(0, input_.size() - rest.size());
    if (!whole) return false;
    // What the peer still sends of it would be taken for the next request.
    if (collector_->is_cut()) turn_.close = turn_.unread = true;
    turn_.block.request.body = collector_->release();
    turn_.stage = Turn::Stage::whole;
    collector_.reset();
    return true;
}

std::size_t Connection::body_progress() noexcept {
    const auto before = std::exchange(body_seen_, collector_ ? collector_->size() : 0);
    return body_seen_ - std::min(before, body_seen_);
}

void Connection::forget_answer() noexcept {
    std::string().swap(turn_.answer);
    turn_.sent = 0;
}

void Connection::begin_turn() {
    turn_ = Turn{};
    looked_ = 0;
    collector_.reset();
    if (input_.capacity() > kept_capacity && input_.size() <= kept_capacity) input_.shrink_to_fit();
}

} // namespace http
