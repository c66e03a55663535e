#pragma once
// Serves an Application on listening sockets. One epoll thread owns all connections, so that an idle, half-sent or slow
// one holds no thread; a whole request is handed to one of a few workers. A request is read by our own
// strict reader (header_block.hh, body.hh); cpp-httplib runs the exchange and writes the answer over memory
// (exchange.hh).
//
// An answer may come later or in pieces (Later, in types.hh); meanwhile it holds a connection and no thread.
//
// Threads: make, stop and destroy it from one thread; it runs its own. stop() returns when running requests are
// answered or `grace` is over; the destructor waits for those that are still in the application then.

#include "agent/http/listener.hh"
#include "agent/http/settings.hh"
#include "agent/http/types.hh"

#include <chrono>
#include <memory>
#include <vector>

namespace http {

class Server {
public:
    // `server_name` goes into the Server header. Throws Error when threads or epoll cannot be made, or when a socket is
    // for TLS and the settings have none.
    Server(Application&, std::vector<Listener>, const Settings&, std::string server_name);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(5000));

    // From any thread: goes on with these settings. Connections that are open keep their TLS, and those that wait
    // already keep their time.
    void use(const Settings&);

    // Whether the connections' thread comes by within `patience`: for a watchdog, from any thread. Not once it is
    // stopped.
    bool beats(std::chrono::milliseconds patience);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace http
