#pragma once
// How many connections each peer has, by Address::source().
//
// Threads: one owner.

#include <cstddef>
#include <string>
#include <unordered_map>

namespace http {

class Crowd {
public:
    // False when `source` has `most` connections already.
    bool enter(const std::string& source, std::size_t most) {
        auto& count = counts_[source];
        if (count >= most) return false;
        ++count;
        return true;
    }
    // To be called once for each enter() that was true.
    void leave(const std::string& source) {
        const auto found = counts_.find(source);
        if (found != counts_.end() && --found->second == 0) counts_.erase(found);
    }

    std::size_t sources() const noexcept { return counts_.size(); }

private:
    std::unordered_map<std::string, std::size_t> counts_; // none is zero, so that it is as large as the crowd
};

} // namespace http
