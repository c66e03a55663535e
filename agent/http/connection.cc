#include "agent/http/connection.hh"

#include "agent/http/address.hh"
#include "agent/http/refusal.hh"

#include <algorithm>
#include <utility>

namespace http {
namespace {

// What an idle connection may keep of its input's memory: there may be many.
constexpr std::size_t kept_capacity = 2048;

constexpr std::string_view empty_line = "\r\n";
constexpr std::size_t most_empty_lines = 4; // before one request

// What a client of HTTP/1.0 that sends no Host must have called us.
std::string own_name(int socket) {
    const auto address = Address::local_of(socket);
    return address.family() == Endpoint::Family::unix_path ? "localhost" : address.text();
}

} // namespace

Connection::Connection(Descriptor socket, TlsSession session, Caller caller)
    : phase(session ? Phase::shaking : Phase::headers), channel_(std::move(socket), std::move(session)),
      caller_(std::move(caller)) {}

Connection::Result Connection::receive(std::span<char> scratch) {
    std::size_t count = 0;
    const auto result = channel_.read(scratch, count);
    if (result == Result::done) input_.append(scratch.data(), count);
    return result;
}

Connection::Result Connection::transmit() {
    auto result = Result::done;
    while (result == Result::done && !turn().unsent().empty()) {
        std::size_t count = 0;
        result = channel_.write(turn().unsent(), count);
        if (result == Result::done) turn().sent += count;
    }
    return result;
}

bool Connection::send_continue() {
    constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    std::size_t count = 0;
    return channel_.write(line, count) == Result::done && count == line.size();
}

// RFC 9112, 2.2: old clients send an empty line behind a body, and some send more than one.
void Connection::pass_over_empty_lines() {
    while (looked_ == 0 && input_.starts_with(empty_line)) {
        if (++empty_lines_ > most_empty_lines)
            throw Refusal(400, "there are more than " + std::to_string(most_empty_lines) +
                                   " empty lines before the request line");
        input_.erase(0, empty_line.size());
    }
}

bool Connection::read_headers(const Limits& limits) {
    pass_over_empty_lines();
    if (input_ == "\r") return false;
    const auto length = find_block(input_, looked_, limits);
    if (length == 0) return false;
    parse_block(std::string_view(input_).substr(0, length), limits, turn().block);
    input_.erase(0, length);
    ++requests_;
    auto& request = turn().block.request;
    request.peer = caller_.peer;
    request.source = caller_.source;
    if (caller_.process) request.process = *caller_.process;
    request.is_secure = channel_.is_secure();
    request.certificate = channel_.certificate();
    if (request.host.empty()) request.host = own_name(descriptor());
    return true;
}

void Connection::begin_body(const Limits& limits) {
    auto* sink = turn().sink();
    const auto limit = turn().admission->body_limit();
    const bool is_less = sink || limit < limits.body_bytes; // a sink has its own limit
    collector_ = std::make_unique<BodyCollector>(turn().block.framing, is_less ? limit : limits.body_bytes,
                                                 is_less ? "" : "body_bytes", sink);
    body_seen_ = 0;
}

bool Connection::read_body() {
    std::string_view rest = input_;
    const bool whole = take_body(rest);
    input_.erase(0, input_.size() - rest.size());
    return whole;
}

Connection::Result Connection::fill_sink(std::span<char> scratch, std::size_t most) {
    if (read_body()) return Result::done;
    for (std::size_t taken = 0; taken < most;) {
        std::size_t count = 0;
        const auto result = channel_.read(scratch, count);
        if (result != Result::done) return result;
        taken += count;
        std::string_view rest(scratch.data(), count);
        if (!take_body(rest)) continue;
        input_.append(rest); // of the next request
        break;
    }
    return Result::done;
}

bool Connection::take_body(std::string_view& input) {
    if (!collector_->take(input)) return false;
    // What the peer still sends of it would be taken for the next request.
    if (collector_->is_cut()) turn().close = turn().unread = true;
    turn().block.request.body = collector_->release();
    turn().stage = Turn::Stage::whole;
    collector_.reset();
    return true;
}

std::size_t Connection::body_progress() noexcept {
    const auto before = std::exchange(body_seen_, collector_ ? collector_->size() : 0);
    return body_seen_ - std::min(before, body_seen_);
}

void Connection::forget_answer() noexcept {
    std::string().swap(turn().answer);
    turn().sent = 0;
}

void Connection::begin_turn() {
    turn_.reset();
    looked_ = empty_lines_ = 0;
    collector_.reset();
    if (input_.capacity() > kept_capacity && input_.size() <= kept_capacity) input_.shrink_to_fit();
}

} // namespace http
