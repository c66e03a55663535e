#pragma once
// A request and an answer, free of any library. What comes in has been checked by the connection: one Host, a method
// and path without control characters, sizes within limits.
//
// Threads: values.

#include "agent/http/certificate.hh"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

enum class Method { get, head, post, put, remove, options, other };
std::string_view to_text(Method) noexcept;   // "GET"
Method method_of(std::string_view) noexcept; // by its name as sent; the case counts

// In the order they came or shall leave; names compare without case.
using Headers = std::vector<std::pair<std::string, std::string>>;
std::optional<std::string_view> find(const Headers&,
                                     std::string_view name) noexcept; // the first of that name

// The process at the other end of a unix socket, as it was when it connected (SO_PEERCRED, SO_PEERGROUPS).
struct PeerProcess {
    unsigned uid = 0, gid = 0;
    std::vector<unsigned> groups{}; // the others that it is of
    int pid = 0;                    // 0: in a namespace that cannot be seen from here
    bool operator==(const PeerProcess&) const = default;
};

// All that is known before the body is read.
struct Head {
    Method method = Method::other;
    std::string method_text; // as sent
    std::string target;      // as sent: path and query
    std::string path;        // percent-decoded, doubled slashes collapsed, always begins with '/'
    std::string query;       // as sent, without '?'
    Headers headers;
    std::string host;                               // of the Host header, with port, as sent
    std::string peer;                               // "127.0.0.1:41212", "[::1]:41212" or "unix"
    std::string source;                             // whose failures count together: see Caller
    std::optional<PeerProcess> process;             // of the peer, through a unix socket only
    std::string id;                                 // of this request, for log and answer
    bool is_secure = false;                         // came through TLS
    std::shared_ptr<const Certificate> certificate; // of the peer, when it has shown a good one
    std::shared_ptr<const std::string> public_url;  // of the server, when one is set: see base_of()

    std::optional<std::string_view> header(std::string_view name) const noexcept {
        return find(headers, name);
    }
};

// What the links of an answer begin with: "https://cloud.example". By public_url when there is one, else as the client
// says.
std::string base_of(const Head&);

// Takes a body that is too large to be kept in memory. Called piece by piece, by one thread at a time.
class BodySink {
public:
    virtual ~BodySink() = default;
    // False: it wants no more. Then the request is answered, and the connection ends with that.
    virtual bool take(std::string_view bytes) noexcept = 0;
};

struct Request : Head {
    std::string body; // empty when it went into a sink
};

class Bell;
struct Later;

struct Response {
    int status = 200;
    Headers headers;          // Content-Length, Date, Connection are the server's business
    std::string content_type; // empty: none
    std::string body;
    std::shared_ptr<Later> later{}; // this is not all of it
};

// An answer that is not there yet, or not all of it. Meanwhile the connection is parked and holds no thread. When the
// bell rings or `patience` is over, a worker calls `go_on` for what comes next, which may be another Later.
//
// With `piecewise` unset nothing has been sent: what go_on returns is the answer. With it set, the response that brings
// it begins an answer without a length: its status, headers and body are sent at once, and each go_on gives the next
// piece (its body; the rest of that response is ignored) until one comes without a Later, which ends the answer. go_on
// is not called before the peer has taken what was sent, so a slow reader costs no memory; one that takes nothing for
// Limits::write_time is disconnected.
//
// When the peer goes away (it is enough that it ends its side) or the server ends, it is let go without a further call,
// on the connections' thread, which must not be held up. The request and its admission stay where they are until it is
// let go or the answer is whole. HEAD gets the headers of an answer in pieces; go_on is not called for it.
struct Later {
    std::shared_ptr<Bell> bell; // may be nullptr: only the patience counts
    std::chrono::milliseconds patience{0};
    std::function<Response()> go_on;
    bool piecewise = false;
};

// What is waited for without a thread: the bell, or the end of the patience.
struct Hold {
    std::shared_ptr<Bell> bell; // may be nullptr: only the patience counts
    std::chrono::milliseconds patience{0};
};

// What the application has found out about a request from its head, such as who asks, and for what. It stays with the
// request until the answer is whole and logged. Used by one thread at a time.
//
// To find that out may take a while, such as that of a password's hash. Then the admission is undecided: the connection
// is parked as for a Later and takes one of Limits::streams places until the decision; no body is read nor asked for,
// but for the little that comes by itself. When the peer goes away (it is enough that it ends its side) or the server
// ends, the admission is destroyed on the connections' thread, which must not be held up; only user() is called before.
class Admission {
public:
    virtual ~Admission() = default;
    // What to wait for as long as nothing is decided. Then a worker calls decide(), once, and nothing else is asked.
    virtual std::optional<Hold> undecided() noexcept { return std::nullopt; }
    // The admission that takes the place of this one, which may be undecided again. Never nullptr. The head is the very
    // one that was admitted, where it was.
    virtual std::unique_ptr<Admission> decide(const Head&) { return nullptr; }
    // Who asks, for the log; empty: nobody knows.
    virtual std::string_view user() const noexcept { return {}; }
    // Whether answer() is known to say no, whatever the body is: then the body is not read.
    virtual bool is_refusal() const noexcept { return false; }
    virtual std::size_t body_limit() const noexcept = 0; // bytes
    // Where the body goes; nullptr: it is small enough to be kept in the request.
    virtual BodySink* sink() noexcept { return nullptr; }
    // Called once, with the request whose head was admitted, when its body is there.
    virtual Response answer(const Request&) = 0;
};

// What stands above the server. Called from worker threads, several at once, and from the connections' thread. Must not
// throw, nor must an admission; an exception that escapes is logged and answered 500 without its text.
class Application {
public:
    virtual ~Application() = default;
    // Before the body is read. Never nullptr.
    virtual std::unique_ptr<Admission> admit(const Head&) = 0;
    // Whether admit() and the answer of this one look at memory only and are soon done. Then, when it has no body, they
    // are called on the thread that owns the connections: to change threads twice would cost more than such an answer.
    virtual bool is_quick(const Head&) const noexcept { return false; }
    // The answer to something that never became a request (400, 408, 413, 431, 503 ...): `sentence` says why, and
    // `head` is as much as could be read of it. Called from the thread that owns the connections, too: it must not wait
    // for anything.
    virtual Response refuse(const Head& head, int status, std::string_view sentence) = 0;
};

} // namespace http
