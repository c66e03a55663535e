#pragma once
// A warning that a stranger could provoke a thousand times a second: it is written once in ten seconds, with a count of
// those that were left out.
//
// Threads: one owner.

#include "agent/base/log.hh"

#include <chrono>
#include <string_view>

namespace http {

class RareWarning {
public:
    void say(std::chrono::steady_clock::time_point now, std::string_view sentence) {
        if (now < quiet_until_) {
            ++left_out_;
            return;
        }
        if (left_out_ == 0)
            logging::warning("{}", sentence);
        else
            logging::warning("{} ({} times more since the last line)", sentence, left_out_);
        quiet_until_ = now + std::chrono::seconds(10);
        left_out_ = 0;
    }

private:
    std::chrono::steady_clock::time_point quiet_until_{};
    unsigned long left_out_ = 0;
};

} // namespace http
