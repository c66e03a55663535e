// Of the connections' thread: new connections, those above a limit, and the handshake of TLS.
#include "agent/http/forwarded.hh"
#include "agent/http/front.hh"

#include <fmt/format.h>

#include <utility>

namespace http {
namespace {

constexpr int accepted_at_once = 64;             // then others have their turn
constexpr std::size_t turned_away_at_once = 256; // connections above the limit that still get a 503

} // namespace

void Front::accept_some(const Listener& listener) {
    for (int i = 0; i < accepted_at_once; ++i) {
        auto newcomer = acceptor_.next(listener, now_);
        if (!newcomer) return;
        receive_newcomer(std::move(*newcomer));
    }
}

void Front::receive_newcomer(Acceptor::Newcomer newcomer) {
    const auto index = static_cast<std::size_t>(newcomer.socket.get());
    if (!poller_.add(newcomer.socket.get(), true, false)) return;
    if (index >= connections_.size()) connections_.resize(index + 1);
    auto session = newcomer.is_secure ? tls_->begin(newcomer.socket.get()) : nullptr;
    if (newcomer.is_secure && !session) return;
    connections_[index] = std::make_unique<Connection>(std::move(newcomer.socket), std::move(session),
                                                       std::move(newcomer.caller));
    auto& connection = *connections_[index];
    connection.deadline = deadlines_.add(connection);
    if (live_++ - surplus_ >= limits_.connections)
        return turn_away(connection, "connections", "too many connections");
    // A proxy has the connections of many.
    const bool is_proxy = proxies_ && is_trusted(connection.peer(), *proxies_);
    if (!connection.caller().is_local && !is_proxy) {
        if (!crowd_.enter(connection.caller().source, limits_.connections_per_address))
            return turn_away(connection, "connections_per_address", "too many connections from this address");
        connection.is_in_crowd = true;
    }
    wait_for(connection, newcomer.is_secure ? Wait::header : Wait::request);
}

// It is told so and closed; when there are many of them only closed, so that they cannot crowd others out.
void Front::turn_away(Connection& connection, std::string_view limit, std::string_view sentence) {
    connection.is_surplus = true;
    if (++surplus_ <= turned_away_at_once) return refuse(connection, 503, sentence, limit);
    limit_log_.say(now_, limit, connection.peer(), sentence);
    drop(connection);
}

// The time for the headers bounds it.
void Front::shake(Connection& connection) {
    using enum Channel::Result;
    auto& channel = connection.channel();
    const auto result = channel.shake();
    if (result == when_readable || result == when_writable) return watch_for(connection, result);
    if (result == done) {
        connection.phase = Connection::Phase::headers;
        watch(connection, true, false);
        return wait_for(connection, Wait::request);
    }
    if (channel.met_plain_http()) {
        connection.phase = Connection::Phase::headers;
        return refuse(connection, 400, "this port speaks TLS: the address begins with https://");
    }
    if (result == broken) {
        auto& warning = channel.showed_bad_certificate() ? bad_certificate_ : no_handshake_;
        warning.say(now_, fmt::format("{} gets no TLS: {}", connection.peer(), channel.trouble()));
    }
    drop(connection);
}

} // namespace http
