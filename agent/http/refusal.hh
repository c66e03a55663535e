#pragma once
// Thrown by the readers of this folder when bytes cannot become a request: the status and the sentence of the answer,
// and the name of the limit that they exceed, if it is that. The connection is closed after it, since nobody knows
// where the next request would begin. Caught in front.cc.
//
// Threads: values.

#include <stdexcept>
#include <string>
#include <string_view>

namespace http {

class Refusal : public std::runtime_error {
public:
    // `limit`: its name in Limits, a literal.
    Refusal(int status, const std::string& sentence, std::string_view limit = {})
        : std::runtime_error(sentence), status_(status), limit_(limit) {}
    int status() const noexcept { return status_; }
    std::string_view limit() const noexcept { return limit_; } // empty: none

private:
    int status_;
    std::string_view limit_;
};

} // namespace http
