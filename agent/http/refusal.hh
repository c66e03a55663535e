#pragma once
// Thrown by the readers of this folder when bytes cannot become a request: the status and the sentence of the answer. The
// connection is closed after it, since nobody knows where the next request would begin. Caught in front.cc.
//
// Threads: values.

#include <stdexcept>
#include <string>

namespace http {

class Refusal : public std::runtime_error {
public:
    Refusal(int status, const std::string& sentence) : std::runtime_error(sentence), status_(status) {}
    int status() const noexcept { return status_; }

private:
    int status_;
};

} // namespace http
