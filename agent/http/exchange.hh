#pragma once
// Asks the application for the answer to a request and has cpp-httplib write it: the one place that knows that library.
// httplib's own Server::process_request runs over memory. It reads a request line of ours, calls back for the answer,
// which we have by then, and writes its status, length and body; other headers, and what follows in pieces, are written
// here. The peer's bytes do not go through it: its reader (0.11.4) decodes header values, has no limits on their
// number, and refuses methods that it does not know.
//
// Threads: each thread has its own. Failures: none; what the application throws is logged and becomes a 500.

#include "agent/http/turn.hh"
#include "agent/http/types.hh"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

namespace http {

class Exchange {
public:
    // While `closing` is set, every answer says that the connection ends.
    Exchange(Application&, std::string server_name, const std::atomic<bool>& closing);
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    // Takes the turn one stage further: to `undecided` or `waiting` when the application will go on later, to
    // `admitted` when the body must be read next, or else to `answered`. A turn that waits is asked to go on: for its
    // admission, its answer, or the next piece of that. When that piece cannot be had, the connection is to end without
    // a last one.
    void serve(Turn&);

    // Answers bytes that did not become a request. The connection ends with that answer.
    void refuse(Turn&, int status, std::string_view sentence);

private:
    void admit(Turn&);
    void take_admission(Turn&);

    struct Bridge;
    std::unique_ptr<Bridge> bridge_;
    Application& application_;
};

} // namespace http
