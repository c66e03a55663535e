#pragma once
// Waits on a condition instead of sleeping: asks again and again, for at most `patience`.

#include <chrono>
#include <thread>

namespace support {

template <class F> bool eventually(F&& holds, std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

} // namespace support
