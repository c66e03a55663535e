#pragma once
// How many connections each peer has, by Address::origin().
//
// Threads: one owner.

#include <cstddef>
#include <string>
#include <unordered_map>

namespace http {

class Crowd {
public:
    // False when `origin` has `most` connections already. An empty origin is not counted.
    bool enter(const std::string& origin, std::size_t most) {
        if (origin.empty()) return true;
        auto& count = counts_[origin];
        if (count >= most) return false;
        ++count;
        return true;
    }
    // To be called once for each enter() that was true.
    void leave(const std::string& origin) {
        const auto found = counts_.find(origin);
        if (found != counts_.end() && --found->second == 0) counts_.erase(found);
    }

    std::size_t origins() const noexcept { return counts_.size(); }

private:
    std::unordered_map<std::string, std::size_t> counts_; // none is zero, so that it is as large as the crowd
};

} // namespace http
