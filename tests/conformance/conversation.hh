#pragma once
// What a real client once sent to another server (recordings/), sent again to this one, request by request and byte by
// byte, but for what the client had learned there: it is put in from what it learns here.
//
// Threads: one.

#include "tests/conformance/provider.hh"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace conformance {

class Conversation {
public:
    Conversation(const Provider&, const std::string& file); // std::runtime_error when that has none

    // From now on, wherever it stands in a request.
    void put(const std::string& here, const std::string& instead_of);

    // Sends the next request, which is recorded with this method and target. Looks whether the answer is one that
    // clients can take apart. Throws std::runtime_error when the next request is another.
    Answer next(const std::string& method_and_target);

    bool is_over() const noexcept { return next_ == requests_.size(); }

private:
    const Provider& provider_;
    std::vector<std::string> requests_;
    std::size_t next_ = 0;
    std::vector<std::pair<std::string, std::string>> learned_; // instead of the first, the second
};

} // namespace conformance
