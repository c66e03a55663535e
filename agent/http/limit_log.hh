#pragma once
// Says in the log which limit a peer has met, so that an operator knows what to change: rarely, and for each limit
// apart, so that a flood of one does not hide the others.
//
// Threads: one owner.

#include "agent/base/text.hh"
#include "agent/http/rare_warning.hh"

#include <fmt/format.h>

#include <map>

namespace http {

class LimitLog {
public:
    // `limit`: its name in Limits, a literal.
    void say(std::chrono::steady_clock::time_point now, std::string_view limit, std::string_view peer,
             std::string_view sentence) {
        warnings_[limit].say(now, fmt::format("{} meets the limit [http] {}: {}", peer, limit,
                                              text::printable(sentence, 200)));
    }

private:
    std::map<std::string_view, RareWarning> warnings_;
};

} // namespace http
