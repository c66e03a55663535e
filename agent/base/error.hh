#pragma once
// The one exception of the program: what went wrong as a kind (which api/ maps to one HTTP status) and as one sentence
// for the person who asked: lower case, no full stop, naming the thing at fault. Never put a secret into it.
//
// Threads: values, free to pass between threads.

#include <stdexcept>
#include <string>

// The journal keeps them by their numbers: a new one is the last.
enum class Fault {
    invalid,         // the request is malformed or names a value that is not allowed
    unauthenticated, // nobody we know
    forbidden,       // known, but not allowed; or never allowed
    not_found,
    conflict, // the state of the thing, or of another one, does not admit it
    unsupported,
    precondition,  // the client's own condition (If-Match) does not hold
    unprocessable, // well formed, but it contradicts what the same client said before
    gone,          // it was there and is no longer kept
    too_large,
    busy,        // try again soon
    unavailable, // what we need (libvirt, the disk) does not answer now
    timeout,     // it was begun and has not returned: whether it happened is unknown
    internal,    // a bug of ours
    media_type   // what was sent is of a type that is not taken there
};

class Error : public std::runtime_error {
public:
    Error(Fault fault, const std::string& what) : std::runtime_error(what), fault_(fault) {}
    Fault fault() const noexcept { return fault_; }

private:
    Fault fault_;
};
